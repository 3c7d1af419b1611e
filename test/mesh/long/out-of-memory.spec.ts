import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RpcError } from '@ryzanstein/rpc';
import { randomModel } from '@ryzanstein/train-model';
import { asking, failure, meshUnderTest, type MeshUnderTest } from '../mesh-under-test.ts';
import { begin } from '../on-its-way.ts';
import { stageOf, type Stage } from '../stage.ts';
import { until } from '../stored-trace.ts';

const engine = 'inference-engine';
const contextTokens = 32_768;
const long = asking('Tell me a short story about a bear.', { maxTokens: 40, temperature: 0 });
const folder = mkdtempSync(join(tmpdir(), 'ryz-memory-'));

let under: MeshUnderTest;
let stage: Stage;

beforeAll(async () => {
  const modelPath = join(folder, 'model.gguf');
  randomModel({ path: modelPath, parameters: 1_000_000, type: 'Q8_0', contextLength: contextTokens });
  under = await meshUnderTest({
    env: {
      RYZ_MODEL_PATH: modelPath,
      RYZ_MODEL_NAME: 'ryzanstein-tiny',
      RYZ_CONTEXT_TOKENS: String(contextTokens),
      RYZ_SLOTS: '1',
      RYZ_INJECT_DELAY: 'decode:1500',
    },
  });
  stage = stageOf(under);
}, 60_000);

afterAll(async () => {
  stage.close();
  await under.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** How much more than now the engine can have from now on. */
function leave(moreBytes: number | 'all'): void {
  const pid = String(under.mesh.processes.get(engine)?.pid);
  const hasKiB = Number(/VmSize:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  const limit = moreBytes === 'all' ? 'unlimited' : String(hasKiB * 1_024 + moreBytes);
  execFileSync('prlimit', ['--pid', pid, `--as=${limit}:`]);
}

const embed = () => under.client.Embed({ input: ['a text'] }, { timeoutMs: 20_000 });
const nothingIsLeased = () => stage.until(({ leased, active }) => leased === 0 && active === 0);

it('an engine whose context has no room refuses to start, and names what decides on it', async () => {
  const modelPath = join(folder, 'long.gguf');
  randomModel({ path: modelPath, parameters: 1_000_000, type: 'Q8_0', contextLength: 2 ** 20 });
  const { PATH, HOME } = process.env;
  const env = {
    PATH,
    HOME,
    OTEL_SDK_DISABLED: 'true',
    RYZ_GRPC_ADDRESS: '127.0.0.1:0',
    RYZ_THREADS: '1',
    RYZ_MODEL_PATH: modelPath,
    RYZ_SLOTS: '4',
    RYZ_CONTEXT_TOKENS: String(2 ** 20),
  };
  const engineProcess = [process.execPath, 'apps/inference-engine/dist/main.js'];
  const { code, said } = await new Promise<{ code: unknown; said: string }>((resolve) => {
    execFile('prlimit', [`--as=${5 * 2 ** 30}`, ...engineProcess], { env }, (error, _, stderr) =>
      resolve({ code: error?.code, said: stderr }),
    );
  });
  expect(said).toMatch(
    /Making a context of 4 × 1048576 tokens failed: .+\. Set RYZ_SLOTS or RYZ_CONTEXT_TOKENS lower, or give the engine more memory\.\n$/,
  );
  expect(said).not.toMatch(/\n\s+at /);
  expect(code).toBe(1);
}, 60_000);

describe('an engine whose memory runs out', () => {
  it('refuses what it has no room for, and goes on with the rest', async () => {
    const running = begin(under.client, long);
    await running.first;
    // Enough for whatever is small, and too little for the embedding context.
    leave(64 * 2 ** 20);
    expect(await failure(embed())).toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
      message: 'The engine is full. Send the request again in a moment.',
    });
    expect((await running.ended).code).toBe('OK');
    await nothingIsLeased();
    leave('all');
    expect((await embed()).embeddings).toHaveLength(1);
  }, 60_000);

  it('dies where nothing at all is left: its callers are told, no lease is left, the next one serves', async () => {
    const running = begin(under.client, { ...long, maxTokens: 30_000 });
    await running.first;
    let gone = false;
    void under.mesh.processes.get(engine)?.exited.then(() => (gone = true));
    leave(0);
    const large = asking('word '.repeat(200_000));
    // Each takes room while it is read; how many it takes is the memory manager's to say.
    await until(
      async () => {
        await under.client.Chat(large, { timeoutMs: 5_000 }).catch(() => undefined);
        return gone;
      },
      (isGone) => isGone,
      40_000,
    );
    const { code, message } = await running.ended;
    expect(code).toBe('UNAVAILABLE');
    expect(message).toMatch(/^The engine was lost after \d+ tokens?\. The text is incomplete; /);
    await under.mesh.restart(engine);
    await nothingIsLeased();
    const hello = asking('Hi', { maxTokens: 1 });
    const answer = (): Promise<string> =>
      under.client.Chat(hello).then(
        ({ finishReason }) => finishReason,
        ({ code: refusal }: RpcError) => refusal,
      );
    await until(answer, (reason) => reason === 'FINISH_REASON_LENGTH', 20_000);
  }, 90_000);
});
