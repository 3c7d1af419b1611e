import { followLeases } from '../mesh/lease-history.ts';
import { checkWaits, queueChats, readTraces } from '../mesh/queued-chats.ts';
import { jaegerTrace, meshOnStack, type MeshOnStack } from './mesh-on-stack.ts';
import { sharedStack } from './shared-stack.ts';

const stack = sharedStack();
const slots = 16;
const count = 1_000;
const atOnce = slots + 2;

let mesh: MeshOnStack;

beforeAll(async () => {
  mesh = await meshOnStack(stack, { RYZ_SLOTS: String(slots), RYZ_MAX_CONCURRENT: String(count) });
});

afterAll(() => mesh.stop());

it('links each of 1000 queued requests to those that it waited for, and all links resolve in Jaeger', async () => {
  const leases = await followLeases(mesh);
  const chats = await queueChats(mesh, count);
  const traces = await readTraces(chats, (traceId) => jaegerTrace(stack, traceId), 30_000);
  const history = leases.stop();
  const found = checkWaits(chats, traces, history, mesh.lines);

  expect(found.problems).toEqual([]);
  expect(history.waits.size).toBe(count - atOnce);
  expect(found.waits).toBe([...traces.keys()].filter((requestId) => history.waits.has(requestId)).length);
  expect(traces.size).toBe(chats.filter(({ sampled }) => sampled).length);
  expect(found.links).toBeGreaterThan(6 * found.waits);
  expect(found.markedLinks).toBeGreaterThan(0.7 * found.waits);
});
