import { followLeases } from '../lease-history.ts';
import { meshUnderTest, type MeshUnderTest } from '../mesh-under-test.ts';
import { checkWaits, queueChats, readTraces } from '../queued-chats.ts';
import { storedSpans } from '../stored-trace.ts';

// Ten slots and two leases for the hand-over: more than a wait has links.
const slots = 10;
const atOnce = slots + 2;
const count = 300;

const log: string[] = [];
let under: MeshUnderTest;

beforeAll(async () => {
  under = await meshUnderTest({
    env: { RYZ_SLOTS: String(slots), RYZ_MAX_CONCURRENT: String(count) },
    logs: (name, line) => {
      if (name === 'gpu-coordinator') log.push(line);
    },
  });
}, 60_000);

afterAll(() => under.stop());

it('names for each of 300 queued requests whom it waited behind and who let it in, by links that resolve', async () => {
  const leases = await followLeases(under);
  const chats = await queueChats(under, count);
  const ui = under.mesh.addresses.tracebox?.ui ?? '';
  const traces = await readTraces(chats, (traceId) => storedSpans(ui, traceId), 20_000);
  const history = await leases.stop(count);
  const found = checkWaits(chats, traces, history, log);

  expect(found.problems).toEqual([]);
  expect(traces.size).toBe(250);
  expect(history.waits.size).toBe(count - atOnce);
  // Of the first twelve, two are not kept.
  expect(found.waits).toBe(250 - atOnce + 2);
  expect(found.links).toBeGreaterThan(6 * found.waits);
  expect(found.markedLinks).toBeGreaterThan(0.7 * found.waits);
}, 60_000);
