import { build } from 'esbuild';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packForConsumers, type Consumers } from './consumers.ts';
import { commonJsImports, esmImports, oneCall, printIt, tracedCall } from './shop-program.ts';

let consumers: Consumers;

beforeAll(async () => {
  consumers = await packForConsumers();
}, 120_000);

afterAll(() => consumers.remove());

const traced = { code: 0, stdout: `${tracedCall}\n`, stderr: '' };

it('traces both sides of a call in an ES module', async () => {
  const consumer = consumers.project('esm', { 'main.mjs': esmImports + oneCall + printIt });
  expect(await consumer.node('main.mjs')).toEqual(traced);
});

it('traces both sides of a call in a CommonJS module', async () => {
  const consumer = consumers.project('cjs', { 'main.cjs': commonJsImports + oneCall + printIt });
  expect(await consumer.node('main.cjs')).toEqual(traced);
});

it('does not mind which of the packages is imported first', async () => {
  const [grpc = '', ...others] = esmImports.trim().split('\n');
  const consumer = consumers.project('order', {
    'main.mjs': [...others, grpc, oneCall, printIt].join('\n'),
  });
  expect(await consumer.node('main.mjs')).toEqual(traced);
});

it.each(['esm', 'cjs'] as const)(
  'traces both sides of a call in a bundle (%s) with everything in it',
  async (format) => {
    const source = { 'main.mjs': esmImports + oneCall + printIt };
    const consumer = consumers.project(`bundle-${format}`, source);
    const out = format === 'esm' ? 'bundle.mjs' : 'bundle.cjs';
    await build({
      absWorkingDir: consumer.folder,
      entryPoints: ['main.mjs'],
      outfile: join(consumer.folder, out),
      bundle: true,
      platform: 'node',
      format,
      logLevel: 'silent',
      ...(format === 'esm' ? { banner: { js: requireInBundle } } : {}),
    });
    // Alone in a folder: whatever it does not hold, it cannot find.
    const alone = mkdtempSync(join(tmpdir(), 'ryzanstein-bundle-'));
    try {
      copyFileSync(join(consumer.folder, out), join(alone, out));
      expect(await consumer.node(join(alone, out))).toEqual(traced);
    } finally {
      rmSync(alone, { recursive: true });
    }
  },
  60_000,
);

// CommonJS packages in an ES bundle ask for Node's own modules by `require`.
const requireInBundle =
  "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";

it('traces both sides of a call in Jest', async () => {
  const consumer = consumers.project(
    'jest',
    {
      'package.json': JSON.stringify({ name: 'shop', jest: { transform: {} } }),
      'shop.test.js': `${commonJsImports}${oneCall}
        it('is traced', async () => expect(await oneCall()).toBe(${JSON.stringify(tracedCall)}));`,
    },
    ['jest'],
  );
  const { code, stderr } = await consumer.node('node_modules/jest/bin/jest.js', '--silent=false');
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('Tests:       1 passed') });
}, 60_000);

it('refuses to start where grpc-js cannot be instrumented, and says why', async () => {
  const freeze = 'Object.freeze(grpc.Server.prototype);';
  const consumer = consumers.project('frozen', { 'main.mjs': esmImports + freeze + oneCall + printIt });
  const { code, stderr } = await consumer.node('main.mjs');
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: expect.stringMatching(
      /^NotPatchedError: grpc-js (is not|cannot be) patched.*would not be traced\n$/,
    ),
  });
});

it.each([
  ['ES modules', 'module', 'main.mts', 'nodenext'],
  ['CommonJS', 'commonjs', 'main.cts', 'nodenext'],
  ['a bundler', 'module', 'main.ts', 'bundler'],
])(
  'has types for %s',
  async (_, type, file, resolution) => {
    const consumer = consumers.project(
      `types-${file}`,
      {
        'package.json': JSON.stringify({ name: 'shop', type }),
        [file]: `
          import { TraceContext, Tracer } from '@ryzanstein/tracing';
          import { recordSpans } from '@ryzanstein/tracing/testing';
          const tracer = new Tracer({ serviceName: 'shop' });
          export const answer: number = tracer.startSpan('ask', (span) => {
            span.setAttribute('model', 'm');
            return 42;
          });
          export const header: string | undefined = TraceContext.current().toTraceparent();
          export const open: readonly string[] = recordSpans().open;
          // @ts-expect-error A tracer is made for a service.
          new Tracer({});
        `,
        'tsconfig.json': JSON.stringify({
          compilerOptions: {
            strict: true,
            noEmit: true,
            target: 'es2024',
            module: resolution === 'bundler' ? 'esnext' : resolution,
            moduleResolution: resolution,
            types: ['node'],
          },
          files: [file],
        }),
      },
      ['typescript', '@types/node', 'undici-types'],
    );
    expect(await consumer.node('node_modules/typescript/bin/tsc')).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    });
  },
  60_000,
);
