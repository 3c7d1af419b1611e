import { buildTrace, explain, readOtlpTraces, type Explanation } from '@ryzanstein/trace-analysis';
import { startTracebox, type Tracebox } from '@ryzanstein/tracebox';
import { followLeases, type LeaseHistory } from '../mesh/lease-history.ts';
import { checkWaits, queueChats, readTraces, type QueuedChat } from '../mesh/queued-chats.ts';
import { storedSpans } from '../mesh/stored-trace.ts';
import { meshOnStack, type MeshOnStack } from './mesh-on-stack.ts';
import { startOtlpTee, type OtlpTee } from './otlp-tee.ts';
import { sharedStack } from './shared-stack.ts';

const stack = sharedStack();
const slots = 16;
const count = 1_000;
const atOnce = slots + 2;
const readAtOnce = 16;

let tracebox: Tracebox;
let tee: OtlpTee;
let mesh: MeshOnStack;
let chats: readonly QueuedChat[];
let leases: LeaseHistory;

beforeAll(async () => {
  const free = '127.0.0.1:0';
  tracebox = await startTracebox({ grpcAddress: free, httpAddress: free, uiAddress: free });
  tee = await startOtlpTee([new URL(stack.endpoints.otlpGrpc).host, tracebox.addresses.otlpGrpc]);
  mesh = await meshOnStack(stack, {
    OTEL_EXPORTER_OTLP_ENDPOINT: tee.endpoint,
    RYZ_SLOTS: String(slots),
    RYZ_MAX_CONCURRENT: String(count),
  });
  const following = await followLeases(mesh);
  chats = await queueChats(mesh, count);
  leases = await following.stop(count);
});

afterAll(async () => {
  await mesh?.stop();
  await tee?.stop();
  await tracebox?.stop();
});

const stores = {
  Jaeger: () => stack.endpoints.jaegerQuery,
  tracebox: () => `http://${tracebox.addresses.ui}`,
};

it.each(['Jaeger', 'tracebox'] as const)(
  'links each of 1000 queued requests to those that it waited for, and all links resolve in %s',
  async (store) => {
    const { host } = new URL(stores[store]());
    const traces = await readTraces(chats, (traceId) => storedSpans(host, traceId), 30_000);
    const found = checkWaits(chats, traces, leases, mesh.lines);

    expect(found.problems).toEqual([]);
    expect(leases.waits.size).toBe(count - atOnce);
    expect(found.waits).toBe([...traces.keys()].filter((requestId) => leases.waits.has(requestId)).length);
    expect(traces.size).toBe(chats.filter(({ sampled }) => sampled).length);
    expect(found.links).toBeGreaterThan(6 * found.waits);
    expect(found.markedLinks).toBeGreaterThan(0.7 * found.waits);
  },
);

it('explains each from Jaeger in the words that it has from tracebox, with the holder that the coordinator names', async () => {
  const explained = async (url: string, { from }: QueuedChat): Promise<Explanation | undefined> => {
    const response = await fetch(`${url}/api/v3/traces/${from.traceId}`);
    const trace = buildTrace(readOtlpTraces(await response.json()));
    return trace && explain(trace);
  };
  const wrong: unknown[] = [];
  const left = chats.filter(({ sampled }) => sampled);
  const reader = async (): Promise<void> => {
    for (let next = left.pop(); next !== undefined; next = left.pop()) {
      const [told, other] = [
        await explained(stores.Jaeger(), next),
        await explained(stores.tracebox(), next),
      ];
      if (JSON.stringify(told) !== JSON.stringify(other)) wrong.push([next.requestId, told, other]);
      const { requestId } = next;
      const holder = leases.waits.get(requestId)?.releasedBy?.requestId;
      const released = told?.behind.filter((one) => one.released).map((one) => one.requestId);
      if (String(released) !== (holder ?? '')) wrong.push([requestId, released, holder]);
    }
  };
  await Promise.all(Array.from({ length: readAtOnce }, reader));
  expect(wrong).toEqual([]);
});
