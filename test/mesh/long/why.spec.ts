import { gpuCoordinator } from '@ryzanstein/contracts';
import type { ChatRequestInit } from '@ryzanstein/contracts/api';
import { createRpcClient, type CallOptions } from '@ryzanstein/rpc';
import {
  buildTrace,
  explain,
  isWhole,
  readOtlpTraces,
  typicalOf,
  type Explanation,
  type Trace,
  type TypicalTimes,
} from '@ryzanstein/trace-analysis';
import {
  asking,
  caller,
  failure,
  meshUnderTest,
  type Caller,
  type MeshUnderTest,
} from '../mesh-under-test.ts';
import { until } from '../stored-trace.ts';

const usual = asking('What is a span?', { maxTokens: 24 });
const long = asking('Tell me a short story about a bear.', { maxTokens: 400 });

/** The trace as the store has it, once its root and all that hangs on it are there. */
async function storedTrace(under: MeshUnderTest, { traceId }: Caller): Promise<Trace> {
  const url = `http://${under.mesh.addresses.tracebox?.ui ?? ''}/api/v3/traces/${traceId}`;
  const read = async (): Promise<Trace | undefined> => {
    const response = await fetch(url);
    return response.ok ? buildTrace(readOtlpTraces(await response.json())) : undefined;
  };
  const trace = await until(read, (found) => found !== undefined && isWhole(found), 8_000);
  if (trace === undefined) throw new Error('no trace');
  return trace;
}

/** Asks, whatever comes of it, and gives the trace. */
async function traced(
  under: MeshUnderTest,
  request: ChatRequestInit,
  options: CallOptions = {},
): Promise<Trace> {
  const from = caller();
  await under
    .chat(request, { ...options, metadata: { traceparent: from.traceparent } })
    .catch(() => undefined);
  return storedTrace(under, from);
}

function holds({ parts, totalMs }: Explanation): void {
  expect(parts.reduce((sum, { ms }) => sum + ms, 0)).toBeCloseTo(totalMs, 3);
  expect(parts.reduce((sum, { percent }) => sum + percent, 0)).toBe(100);
}

describe('why a request on the live mesh was slow', () => {
  let under: MeshUnderTest;
  let typical: TypicalTimes;

  beforeAll(async () => {
    // One slot and two leases for the hand-over: one runs, two wait in the engine, the others for a lease.
    under = await meshUnderTest({ env: { RYZ_SLOTS: '1' } });
    typical = typicalOf(await usually(5));
  }, 60_000);

  afterAll(() => under.stop());

  const usually = async (times: number): Promise<Trace[]> => {
    const traces: Trace[] = [];
    for (let index = 0; index < times; index++) traces.push(await traced(under, usual));
    return traces;
  };

  const leased = async (): Promise<number> => {
    const coordinator = createRpcClient(gpuCoordinator, under.mesh.addresses.gpu.grpc);
    try {
      const { devices } = await coordinator.ListDevices({});
      return devices.reduce((sum, device) => sum + device.leased, 0);
    } finally {
      coordinator.close();
    }
  };

  const why = (trace: Trace, comparedWith = typical): Explanation => {
    const explanation = explain(trace, comparedWith);
    holds(explanation);
    return explanation;
  };

  it('others held the device, or the slot in the engine', async () => {
    // Long ones: a wait is then longer than what a busy machine adds to each call.
    const traces = await Promise.all(Array.from({ length: 9 }, () => traced(under, long)));
    const slowestFirst = traces.map((trace) => why(trace)).sort((a, b) => b.totalMs - a.totalMs);
    expect(slowestFirst[0]).toMatchObject({ cause: 'held_by_another', missing: [] });
    expect(slowestFirst[0]?.behind).not.toEqual([]);
    const queued = slowestFirst.filter(({ parts }) => !parts.some(({ name }) => name === 'wait'));
    expect(queued[0]?.cause).toBe('engine_queue');
  }, 30_000);

  it('waiting names its holder by request id, sampled or not, and a holder those that waited', async () => {
    const ask = async (requestId: string, options: { sampled: boolean }): Promise<Caller> => {
      const from = caller();
      const traceparent = options.sampled ? from.traceparent : from.traceparent.replace(/01$/, '00');
      await under.chat(long, { metadata: { traceparent, 'x-request-id': requestId } });
      return from;
    };
    // Three take what there is to lease; the next two wait for one of them.
    const holders = ['kept-1', 'kept-2', 'unkept-3'].map((id) => ask(id, { sampled: id.startsWith('kept') }));
    await until(leased, (count) => count === 3, 5_000);
    const waiting = ['late-1', 'late-2'].map((id) => ask(id, { sampled: true }));
    const waited = await Promise.all(waiting.map(async (from) => why(await storedTrace(under, await from))));
    for (const { cause, behind, parts } of waited) {
      // Whoever is let in has others before it in the engine, which may take longer than the lease did.
      expect(['held_by_another', 'engine_queue']).toContain(cause);
      expect(parts.find(({ name }) => name === 'wait')?.ms).toBeGreaterThan(0);
      const names = behind.map(({ requestId }) => requestId);
      expect(names.slice().sort()).toEqual(expect.arrayContaining(['kept-1', 'kept-2', 'unkept-3']));
      expect(behind.filter(({ traceId }) => traceId !== undefined).map(({ requestId }) => requestId)).toEqual(
        names.filter((name) => name !== 'unkept-3'),
      );
    }
    const [first] = await Promise.all(holders);
    if (first === undefined) throw new Error('nobody held it');
    const { blocked } = why(await storedTrace(under, first));
    expect(blocked.count).toBe(2);
    expect([...blocked.requests].sort()).toEqual(['late-1', 'late-2']);
    expect(blocked.ms).toBeGreaterThan(0);
  }, 60_000);

  it('its answer is long', async () => {
    // Asked around it: how fast a busy machine writes changes within seconds.
    const before = await usually(2);
    const trace = await traced(under, long);
    const around = typicalOf([...before, ...(await usually(1))]);
    expect(why(trace, around).cause).toBe('long_output');
  }, 30_000);

  it('its prompt is long', async () => {
    const words = Array.from({ length: 90 }, (_, index) => `bear ${index}`).join(' ');
    expect(why(await traced(under, asking(words, { maxTokens: 4 }))).cause).toBe('long_prompt');
  }, 30_000);

  it('its deadline passed', async () => {
    // Behind others: alone it might be done in time, on a fast machine.
    const before = Array.from({ length: 4 }, () => traced(under, long));
    await until(leased, (count) => count === 3, 5_000);
    expect(why(await traced(under, long, { timeoutMs: 60 })).cause).toBe('deadline');
    await Promise.all(before);
  }, 30_000);

  it('its client left', async () => {
    const from = caller();
    for await (const _ of under.client.ChatStream(long, { metadata: { traceparent: from.traceparent } }))
      break;
    expect(why(await storedTrace(under, from)).cause).toBe('client_cancelled');
  }, 30_000);

  it('its engine was killed', async () => {
    const from = caller();
    const { promise: first, resolve: onFirst } = Promise.withResolvers<void>();
    const read = async (): Promise<void> => {
      for await (const _ of under.client.ChatStream(long, { metadata: { traceparent: from.traceparent } }))
        onFirst();
    };
    const ended = failure(read());
    await first;
    await under.mesh.kill('inference-engine');
    expect((await ended).code).toBe('UNAVAILABLE');
    await under.mesh.restart('inference-engine');
    expect(why(await storedTrace(under, from)).cause).toBe('retry');
  }, 60_000);

  it.each([
    ['coordinator', 'lease'],
    ['engine_queue', 'queue'],
    ['slow_decode', 'decode'],
  ])(
    'a delay is planted: names %s for one in %s',
    async (cause, phase) => {
      // More than all of a request is here, and so the longest part of it.
      const delayMs = Math.ceil(Math.max(400, ...typical.map(({ totalMs }) => 5 * totalMs)));
      const delayed = await meshUnderTest({ env: { RYZ_INJECT_DELAY: `${phase}:${delayMs}` } });
      try {
        // What a process does for the first time takes longer.
        await delayed.chat(usual);
        expect(why(await traced(delayed, usual)).cause).toBe(cause);
      } finally {
        await delayed.stop();
      }
    },
    60_000,
  );
});
