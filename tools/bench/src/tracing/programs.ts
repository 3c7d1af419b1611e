import { build } from 'esbuild';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../..', import.meta.url));

/** The programs of the benchmark, ready to run. */
export interface Programs {
  readonly subject: string;
  readonly sink: string;
  readonly operations: string;
  /** A file beside which the compared libraries are found. */
  readonly peers: string;
}

/** Bundles the programs as the services are bundled, and installs what they are compared with, once. */
export async function preparePrograms(print: (line: string) => void): Promise<Programs> {
  const dist = join(folder, 'dist/tracing');
  const entries = ['subject', 'sink', 'operations'] as const;
  await build({
    absWorkingDir: folder,
    entryPoints: entries.map((entry) => `src/tracing/${entry}.ts`),
    outdir: dist,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node22.15',
    conditions: ['@ryzanstein/source', 'module'],
    external: ['@grpc/grpc-js', '@grpc/proto-loader', 'protobufjs'],
    logLevel: 'warning',
    banner: {
      js: "import { createRequire as createRequireOfBundle } from 'node:module'; const require = createRequireOfBundle(import.meta.url);",
    },
  });
  const peers = join(folder, 'peers');
  if (!existsSync(join(peers, 'node_modules'))) {
    print('Installing dd-trace, elastic-apm-node and the stock OpenTelemetry packages (once)…');
    const flags = ['--omit=optional', '--ignore-scripts', '--no-audit', '--no-fund', '--silent'];
    execFileSync('npm', ['ci', ...flags], { cwd: peers, stdio: ['ignore', 'inherit', 'inherit'] });
  }
  const program = (name: string): string => join(dist, `${name}.mjs`);
  return {
    subject: program('subject'),
    sink: program('sink'),
    operations: program('operations'),
    peers: join(peers, 'package.json'),
  };
}
