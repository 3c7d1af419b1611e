/**
 * Bundles one project, or all that have a bundle: `node build.mjs [project …]`.
 *
 * The entry is an ES module so that the ES builds of the OpenTelemetry SDK are taken (its
 * CommonJS builds start spans about twice as slowly). What patches, loads native code or
 * keeps state per copy stays outside the bundle.
 */
import { build } from 'esbuild';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const workspace = dirname(fileURLToPath(import.meta.url));

const outside = [
  '@grpc/grpc-js',
  '@grpc/proto-loader',
  '@grpc/reflection',
  'grpc-health-check',
  'protobufjs',
  'pino',
  'fastify',
  'node-llama-cpp',
];

const bundles = {
  'api-server': { folder: 'apps/api-server', entry: 'src/main.ts', out: 'main.js', page: 'build-page.mjs' },
  'gpu-coordinator': { folder: 'apps/gpu-coordinator', entry: 'src/main.ts', out: 'main.js' },
  'inference-engine': { folder: 'apps/inference-engine', entry: 'src/main.ts', out: 'main.js' },
  tracebox: { folder: 'tools/tracebox', entry: 'src/main.ts', out: 'main.js', page: 'build-page.mjs' },
  cli: { folder: 'tools/cli', entry: 'src/main.ts', out: 'ryz.js' },
};

/** Bundles the named project into its `dist`. */
export async function buildProject(name) {
  const bundle = bundles[name];
  if (bundle === undefined) {
    throw new Error(`there is no bundle "${name}"; there are ${Object.keys(bundles).join(', ')}`);
  }
  const folder = join(workspace, bundle.folder);
  const dist = join(folder, 'dist');
  rmSync(dist, { recursive: true, force: true });
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const { metafile } = await build({
    absWorkingDir: folder,
    entryPoints: [bundle.entry],
    outfile: join(dist, bundle.out),
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node22.15',
    conditions: ['@ryzanstein/source', 'module'],
    external: outside,
    sourcemap: true,
    metafile: true,
    legalComments: 'none',
    logLevel: 'warning',
    define: { RYZ_VERSION: JSON.stringify(version) },
    // CommonJS packages inside an ES bundle still ask for built-in modules by `require`.
    banner: {
      js: "import { createRequire as createRequireOfBundle } from 'node:module'; const require = createRequireOfBundle(import.meta.url);",
    },
  });
  // What an image must bring beside the bundle.
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports);
  const packages = new Set(
    imports
      .filter(({ path, external }) => external === true && !isBuiltin(path))
      .map(({ path }) => path.split('/', path.startsWith('@') ? 2 : 1).join('/')),
  );
  writeFileSync(join(dist, 'outside.json'), JSON.stringify({ outside: [...packages].sort() }));
  if (bundle.page !== undefined && existsSync(join(folder, bundle.page))) {
    const { buildPage } = await import(join(folder, bundle.page));
    await buildPage();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const names = process.argv.slice(2);
  try {
    for (const name of names.length > 0 ? names : Object.keys(bundles)) await buildProject(name);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
