import { inferenceEngine } from '@ryzanstein/contracts';
import { createRpcClient } from '@ryzanstein/rpc';
import { acquire, generation, release, tree } from '../declared-tree.ts';
import { asking, meshUnderTest, type MeshUnderTest } from '../mesh-under-test.ts';
import { begin, type OnItsWay } from '../on-its-way.ts';
import { until } from '../stored-trace.ts';

const request = asking('Tell me a short story about a bear.', { maxTokens: 40, temperature: 0 });
const engines = ['inference-engine', 'inference-engine-2'] as const;

let under: MeshUnderTest;
const listening = new Map<string, string>();

beforeAll(async () => {
  under = await meshUnderTest({
    engines: 2,
    env: { RYZ_INJECT_DELAY: 'prefill:1500', RYZ_SLOTS: '1', RYZ_DRAIN_MS: '300', RYZ_LEASE_TTL_MS: '1500' },
    logs(name, line) {
      const address = /"grpc":"([^"]+)"/.exec(line)?.[1];
      if (address !== undefined && line.includes(' listens')) listening.set(name, address);
    },
  });
}, 60_000);

afterAll(() => under.stop());

/** The engine that runs a request now. */
async function running(): Promise<(typeof engines)[number]> {
  const clients = engines.map((name) => createRpcClient(inferenceEngine, listening.get(name) ?? ''));
  try {
    const active = await until(
      () =>
        Promise.all(clients.map(async (client) => (await client.GetLoad({}, { timeoutMs: 2_000 })).active)),
      (counts) => counts.includes(1),
      5_000,
    );
    return engines[active.indexOf(1)] ?? 'inference-engine';
  } finally {
    for (const client of clients) client.close();
  }
}

/** Both engines are known to be there. */
async function bothServe(): Promise<void> {
  const idle = (): OnItsWay[] => [begin(under.client, request), begin(under.client, request)];
  const ended = await Promise.all(idle().map((one) => one.ended));
  expect(ended.map(({ code }) => code)).toEqual(['OK', 'OK']);
}

describe('an engine that goes before the first token', () => {
  it.each([
    {
      how: 'killed',
      signal: 'SIGKILL',
      // Its own spans come from its journal, when one is started again.
      first: generation('!'),
    },
    {
      how: 'drained, and out of patience',
      signal: 'SIGTERM',
      first: generation('!', '!', { until: 'prefill', mark: '!' }),
    },
  ] as const)(
    '$how: another one answers, and the trace shows both',
    async ({ signal, first }) => {
      await bothServe();
      const onItsWay = begin(under.client, request);
      const name = await running();
      await under.mesh.kill(name, signal);
      const { code, text } = await onItsWay.ended;
      expect(code).toBe('OK');
      expect(text.length).toBeGreaterThan(100);
      await under.trace(
        onItsWay.from,
        tree(
          '',
          acquire('', ''),
          first,
          release(),
          acquire('', ''),
          generation('', '', { until: 'decode' }),
          release(),
        ),
      );
      await under.mesh.restart(name);
    },
    30_000,
  );
});
