import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const library = fileURLToPath(new URL('../..', import.meta.url));
const installed = join(library, '../../node_modules');

/** How a program ended. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A project outside of the workspace that has installed the packed library. */
export interface Consumer {
  readonly folder: string;
  /** Runs this same Node in the project, without flags that the test itself runs with. */
  node(...args: string[]): Promise<Outcome>;
}

/** Projects that install the packed library and what its manifest names, and nothing of the workspace. */
export interface Consumers {
  /** Makes a project of these files; `extra` are further packages that it installs. */
  project(name: string, files: Readonly<Record<string, string>>, extra?: readonly string[]): Consumer;
  remove(): void;
}

/** Packs the library as `npm pack` does. */
export async function packForConsumers(): Promise<Consumers> {
  const root = mkdtempSync(join(tmpdir(), 'ryzanstein-consumers-'));
  const path = [dirname(process.execPath), process.env['PATH']].join(delimiter);
  const options = { cwd: library, env: { ...process.env, NODE_OPTIONS: '', PATH: path } };
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', root], options);
  const [packed] = JSON.parse(stdout.slice(stdout.indexOf('[\n'))) as { filename: string }[];
  await run('tar', ['-xzf', join(root, packed?.filename ?? ''), '-C', root]);
  const manifest = JSON.parse(readFileSync(join(root, 'package/package.json'), 'utf8')) as Record<
    'dependencies' | 'peerDependencies',
    Record<string, string>
  >;
  const needed = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });

  return {
    project(name, files, extra = []) {
      const folder = join(root, name);
      // A copy and not a link, so that the library finds only what stands beside it.
      cpSync(join(root, 'package'), join(folder, 'node_modules/@ryzanstein/tracing'), { recursive: true });
      for (const one of [...needed, ...extra]) {
        const at = join(folder, 'node_modules', one);
        mkdirSync(dirname(at), { recursive: true });
        symlinkSync(join(installed, one), at);
      }
      for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
      return { folder, node: (...args) => outcomeOf(folder, args) };
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

async function outcomeOf(cwd: string, args: readonly string[]): Promise<Outcome> {
  const env = {
    PATH: process.env['PATH'],
    OTEL_TRACES_EXPORTER: 'none',
    OTEL_LOGS_EXPORTER: 'none',
    OTEL_METRICS_EXPORTER: 'none',
  };
  try {
    return { code: 0, ...(await run(process.execPath, args, { cwd, env })) };
  } catch (error) {
    const { code, stdout, stderr } = error as Outcome;
    return { code, stdout, stderr };
  }
}
