import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** One Go module of `programs/` and what is built from it. */
export interface GoPin {
  /** Version of the upstream module, as its `go.mod` requires it. */
  readonly version: string;
  /** Folder below `programs/`. */
  readonly module: string;
  readonly tags: readonly string[];
  /** Name of the binary → package. */
  readonly commands: Readonly<Record<string, string>>;
  /** Variables set at link time, for programs that do not know their version otherwise. */
  readonly linked?: Readonly<Record<string, string>>;
}

/** The Elasticsearch node: its version on Maven Central, and the Java that it wants. */
export interface ElasticsearchPin {
  readonly version: string;
  readonly java: number;
}

/** What `pins.json` holds. */
export interface Pins {
  readonly otelcol: GoPin;
  readonly jaeger: GoPin;
  readonly prometheus: GoPin;
  readonly grpcurl: GoPin;
  readonly grpcHealthProbe: GoPin;
  readonly elasticsearch: ElasticsearchPin;
}

/** Something that can be obtained. */
export type PinName = keyof Pins;

const folder = fileURLToPath(new URL('..', import.meta.url));
const pinsFile = join(folder, 'pins.json');

/** Where the modules, the pom and the node's source are. */
export const programsFolder = join(folder, 'programs');

/** The versions of everything that is run: the only place that names them, but for `go.mod`, which must agree. */
export function readPins(): Pins {
  return JSON.parse(readFileSync(pinsFile, 'utf8')) as Pins;
}

/** Changes whenever anything does that a program is made from. */
export function pinsHash(): string {
  const hash = createHash('sha256').update(readFileSync(pinsFile));
  const files = readdirSync(programsFolder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  for (const file of files) hash.update(file.slice(programsFolder.length)).update(readFileSync(file));
  return hash.update(`${process.platform} ${process.arch}`).digest('hex').slice(0, 16);
}

/** The folder that all checkouts with the same pins share. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  const base = env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return join(base, 'ryzanstein', 'stack', pinsHash());
}
