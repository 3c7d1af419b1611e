import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { randomModel } from '@ryzanstein/train-model';

const bundle = (app: string): string =>
  fileURLToPath(new URL(`../../apps/${app}/dist/main.js`, import.meta.url));
const tiny = fileURLToPath(
  new URL('../../apps/inference-engine/models/ryzanstein-tiny.gguf', import.meta.url),
);
const folder = mkdtempSync(join(tmpdir(), 'ryz-start-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface End {
  readonly code: number | null;
  readonly stderr: string;
}

/** Runs an app that must refuse to start, and gives what it said. */
async function refusal(app: string, env: Readonly<Record<string, string>>): Promise<End> {
  const child = fork(bundle(app), {
    env: {
      PATH: process.env['PATH'],
      RYZ_GRPC_ADDRESS: '127.0.0.1:0',
      RYZ_HTTP_ADDRESS: '127.0.0.1:0',
      OTEL_SDK_DISABLED: 'true',
      ...env,
    },
    execArgv: [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  expect(stderr).not.toMatch(/\n\s+at /);
  return { code, stderr };
}

const made = (name: string, make: (path: string) => void): string => {
  const path = join(folder, name);
  make(path);
  return path;
};

describe('the engine refuses to start with', () => {
  it.each([
    ['a file that is not there', () => join(folder, 'none.gguf'), /none\.gguf/],
    ['a folder', () => folder, /ryz-start-/],
    ['text', () => made('text.gguf', (path) => writeFileSync(path, 'hello')), /text\.gguf.*GGUF/],
    ['an empty file', () => made('empty.gguf', (path) => writeFileSync(path, '')), /empty\.gguf/],
    [
      'a truncated file',
      () =>
        made('short.gguf', (path) => {
          copyFileSync(tiny, path);
          truncateSync(path, readFileSync(tiny).length - 64);
        }),
      /short\.gguf/,
    ],
    [
      'garbage after the magic',
      () =>
        made('noise.gguf', (path) =>
          writeFileSync(path, Buffer.concat([Buffer.from('GGUF'), Buffer.alloc(4_096, 0xee)])),
        ),
      /noise\.gguf/,
    ],
    ...[
      'feed_forward_length',
      'attention.head_count',
      'block_count',
      'context_length',
      'tokenizer.ggml.tokens',
    ].map((key): [string, () => string, RegExp] => [
      `a model without ${key}`,
      () =>
        made(
          `without-${key}.gguf`,
          (path) => void randomModel({ path, parameters: 600_000, type: 'Q8_0', dropKeys: [key] }),
        ),
      new RegExp(key.replaceAll('.', '\\.')),
    ]),
  ])('%s, and says which and why', async (_, path, sentence) => {
    const { code, stderr } = await refusal('inference-engine', { RYZ_MODEL_PATH: path() });
    expect(stderr).toMatch(sentence);
    expect(code).toBe(1);
  });
});

describe('every service refuses to start with', () => {
  it.each(['api-server', 'gpu-coordinator', 'inference-engine'])(
    'values that it cannot have: %s lists all',
    async (app) => {
      const { code, stderr } = await refusal(app, {
        RYZ_LOG_LEVEL: 'loud',
        RYZ_DRAIN_MS: 'soon',
        RYZ_GRPC_ADDRESS: 'here',
      });
      for (const name of ['RYZ_LOG_LEVEL', 'RYZ_DRAIN_MS', 'RYZ_GRPC_ADDRESS'])
        expect(stderr).toContain(name);
      expect(code).toBe(1);
    },
  );

  it('an API that others may reach and nobody needs a key for, beside all else', async () => {
    const { code, stderr } = await refusal('api-server', {
      RYZ_LOG_LEVEL: 'loud',
      RYZ_GRPC_ADDRESS: '0.0.0.0:0',
      RYZ_HTTP_ADDRESS: 'api-server:0',
    });
    expect(stderr).toContain('RYZ_LOG_LEVEL="loud"');
    for (const listens of ['RYZ_GRPC_ADDRESS=0.0.0.0:0', 'RYZ_HTTP_ADDRESS=api-server:0'])
      expect(stderr).toContain(
        `${listens} lets other machines call, and no API key is asked for; set RYZ_API_KEYS_FILE`,
      );
    expect(code).toBe(1);
  });

  it('keys that cannot be read, and names the line and not what it holds', async () => {
    const RYZ_API_KEYS_FILE = made('api-keys', (path) => writeFileSync(path, '# keys\nweb my-key\n'));
    const { code, stderr } = await refusal('api-server', { RYZ_API_KEYS_FILE });
    expect(stderr).toMatch(/RYZ_API_KEYS_FILE: \S+api-keys: line 2 is no key; a line is `name sha256:/);
    expect(stderr).not.toContain('my-key');
    expect(code).toBe(1);
    const gone = await refusal('api-server', { RYZ_API_KEYS_FILE: join(folder, 'no-keys') });
    expect(gone.stderr).toMatch(/RYZ_API_KEYS_FILE: \S+no-keys cannot be read \(ENOENT\)/);
  });

  it.each(['api-server', 'gpu-coordinator', 'inference-engine'])(
    'a port that is taken: %s names it',
    async (app) => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as { port: number };
      const { code, stderr } = await refusal(app, { RYZ_GRPC_ADDRESS: `127.0.0.1:${port}` });
      server.close();
      expect(stderr).toContain(String(port));
      expect(stderr).toContain('RYZ_GRPC_ADDRESS');
      expect(code).toBe(1);
    },
  );
});
