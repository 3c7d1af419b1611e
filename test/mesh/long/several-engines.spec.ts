import { gpuCoordinator } from '@ryzanstein/contracts';
import { createRpcClient, RpcError } from '@ryzanstein/rpc';
import { asking, meshUnderTest, type MeshUnderTest } from '../mesh-under-test.ts';
import { startSecondEngine, type SecondEngine } from '../second-engine.ts';
import { until } from '../stored-trace.ts';

// Each decode begins late, so that requests are surely running when an engine goes.
const env = { RYZ_SLOTS: '4', RYZ_INJECT_DELAY: 'decode:300' };
const capacity = 6;

const log: string[] = [];
let under: MeshUnderTest;
let second: SecondEngine;

beforeAll(async () => {
  under = await meshUnderTest({
    env,
    logs: (name, line) => {
      if (name === 'gpu-coordinator') log.push(line);
    },
  });
  second = await startSecondEngine(under, env);
  await devices((all) => all.length === 2 && all.every(({ live }) => live));
}, 90_000);

afterAll(async () => {
  await second.signal('SIGTERM');
  await under.stop();
}, 30_000);

interface Seen {
  readonly gpuId: number;
  readonly engineId: string;
  readonly address: string;
  readonly live: boolean;
  readonly leased: number;
}

/** The devices as listed, once that is as expected. */
async function devices(expected: (all: readonly Seen[]) => boolean): Promise<readonly Seen[]> {
  const client = createRpcClient(gpuCoordinator, under.mesh.addresses.gpu.grpc);
  try {
    return await until(
      async () => {
        const answer = await client.ListDevices({}, { timeoutMs: 2_000 });
        return answer.devices.map(({ gpuId, engineId, engineAddress, live, leased }) => {
          return { gpuId, engineId, address: engineAddress, live, leased };
        });
      },
      expected,
      10_000,
    );
  } finally {
    client.close();
  }
}

const ofSecond = (all: readonly Seen[]): Seen | undefined =>
  all.find(({ address, live }) => address === second.address && live);

/** Chats all at once, each with a beginning of its own; their codes as they end. */
function load(count: number): Promise<string[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      try {
        await under.chat(asking(`${index} and 5?`, { maxTokens: 12 }), { timeoutMs: 40_000 });
        return 'OK';
      } catch (error) {
        return RpcError.from(error).code;
      }
    }),
  );
}

const ok = (count: number): string[] => Array.from({ length: count }, () => 'OK');

/** Grants since `from`, by engine. */
function grants(from: number): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const line of log.slice(from)) {
    if (!line.includes('"lease granted"')) continue;
    const { engine_id } = JSON.parse(line) as { engine_id: string };
    counts[engine_id] = (counts[engine_id] ?? 0) + 1;
  }
  return counts;
}

/** Work is spread over both that are live now. */
async function bothServe(): Promise<void> {
  const both = await devices((all) => all.filter(({ live }) => live).length === 2);
  const from = log.length;
  expect(await load(2 * capacity)).toEqual(ok(2 * capacity));
  const served = grants(from);
  for (const { engineId, live } of both)
    if (live) expect(served[engineId] ?? 0).toBeGreaterThanOrEqual(capacity / 2);
}

const busy = (all: readonly Seen[]): boolean => all.filter(({ leased }) => leased >= 4).length === 2;
const idle = (all: readonly Seen[]): boolean => all.every(({ leased }) => leased === 0);

describe('two engines', () => {
  it('share the work', bothServe, 60_000);

  it('lose no request when one drains, and share again when it is back', async () => {
    const before = ofSecond(await devices(idle));
    const answers = load(40);
    await devices(busy);
    const ended = second.signal('SIGTERM');
    await devices((all) => ofSecond(all) === undefined);
    expect(await answers).toEqual(ok(40));
    expect(await ended).toBe(0);
    second = await startSecondEngine(under, env, second.address);
    const after = ofSecond(await devices((all) => ofSecond(all) !== undefined && idle(all)));
    expect(after?.gpuId).toBe(before?.gpuId);
    expect(after?.engineId).not.toBe(before?.engineId);
    await bothServe();
  }, 90_000);

  it('lose what ran on one that is killed, and nothing else', async () => {
    await devices(idle);
    const answers = load(40);
    await devices(busy);
    expect(await second.signal('SIGKILL')).toBe('SIGKILL');
    await devices((all) => ofSecond(all) === undefined);
    const failed = (await answers).filter((code) => code !== 'OK');
    expect(failed).toEqual(failed.map(() => 'UNAVAILABLE'));
    expect(failed.length).toBeLessThanOrEqual(capacity);
    await devices(idle);
    second = await startSecondEngine(under, env, second.address);
    await bothServe();
  }, 90_000);
});
