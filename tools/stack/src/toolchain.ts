import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { realpathSync } from 'node:fs';

/** A tool is not there that something must be made with; the message says how to get it. */
export class ToolMissing extends Error {
  override readonly name = 'ToolMissing';
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The path of a program on PATH. */
export function onPath(name: string, env: Environment): string | undefined {
  const folders = (env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
}

/** The Go command. */
export function findGo(env: Environment): string {
  const go = onPath('go', env);
  if (go !== undefined) return go;
  throw new ToolMissing(
    'The Collector, Jaeger and Prometheus are built from source, and there is no `go` on PATH: install Go 1.25 or newer.',
  );
}

/** The Maven command. */
export function findMaven(env: Environment): string {
  const maven = onPath('mvn', env);
  if (maven !== undefined) return maven;
  throw new ToolMissing(
    'Elasticsearch comes from Maven Central, and there is no `mvn` on PATH: install Maven 3.8 or newer.',
  );
}

/** Where Java development kits are put by those who install them. */
const javaFolders = ['/usr/lib/jvm', '/Library/Java/JavaVirtualMachines', '/opt/java'];

/** The home of a JDK of at least that version: JAVA_HOME, the `java` on PATH, or one beside the system's own. */
export function findJava(version: number, env: Environment, folders = javaFolders): string {
  const java = onPath('java', env);
  const homes = [
    ...(env.JAVA_HOME ? [env.JAVA_HOME] : []),
    ...(java === undefined ? [] : [dirname(dirname(realpathSync(java)))]),
    ...folders.flatMap((folder) =>
      (existsSync(folder) ? readdirSync(folder) : []).map((name) => join(folder, name)),
    ),
  ].flatMap((home) => [home, join(home, 'Contents', 'Home')]);
  const found = homes.map((home) => [home, javaVersion(home)] as const);
  const fit = found.find(([, has]) => has !== undefined && has >= version);
  if (fit !== undefined) return fit[0];
  const others = [...new Set(found.flatMap(([, has]) => has ?? []))].sort((a, b) => a - b);
  const seen = others.length === 0 ? 'none was found' : `only ${others.join(' and ')} was found`;
  throw new ToolMissing(
    `Elasticsearch needs a JDK ${version} or newer, and ${seen}: install one, and set JAVA_HOME where it is put elsewhere.`,
  );
}

/** The feature version of the JDK in that folder; undefined where there is none with a compiler. */
function javaVersion(home: string): number | undefined {
  const release = join(home, 'release');
  if (!existsSync(release) || !existsSync(join(home, 'bin', 'javac'))) return undefined;
  const version = /^JAVA_VERSION="(\d+)/m.exec(readFileSync(release, 'utf8'))?.[1];
  return version === undefined ? undefined : Number(version);
}
