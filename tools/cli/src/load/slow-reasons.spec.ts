import { requestSpans } from '@ryzanstein/trace-analysis/testing';
import { openTraceStore, TraceStoreError, type TraceStore } from '../trace/trace-store.ts';
import type { LoadResult } from './load-request.ts';
import { slowReasons } from './slow-reasons.ts';

const traceId = '1'.repeat(32);
const spans = requestSpans({
  traceId,
  requestId: 'req-1',
  wait: { ms: 340, attributes: { 'ryzanstein.lease.behind': ['req-8'] } },
});
const result: LoadResult = {
  traceId,
  requestId: 'req-1',
  outcome: 'OK',
  intendedAtMs: 0,
  sentAtMs: 0,
  endedAtMs: 1_000,
  pieces: 3,
  timings: { totalMs: 1_000, leaseWaitMs: 0, queueMs: 0, prefillMs: 600, decodeMs: 300 } as NonNullable<
    LoadResult['timings']
  >,
};
const goesOn = new AbortController().signal;

/** A store that answers so. */
function storeOf(spansOf: TraceStore['spansOf']): TraceStore {
  return { ...openTraceStore('http://127.0.0.1:1'), spansOf };
}

describe(slowReasons, () => {
  it('tells by the trace, where the store has the whole of it', async () => {
    const [reason] = await slowReasons(
      [{ ...result, endedAtMs: 380 }],
      storeOf(async () => spans),
      goesOn,
    );
    expect(reason).toMatchInlineSnapshot(
      `"It waited for a device that others held: 340 ms of 368 ms (waited for a device behind req-8)."`,
    );
  });

  it.each<[string, TraceStore['spansOf'], Partial<LoadResult>?]>([
    ['answers not at all', () => new Promise((_, fail) => setImmediate(fail, new TraceStoreError('gone')))],
    ['never has it', async () => []],
    ['has a part of it', async () => spans.filter(({ name }) => name !== 'chat tiny')],
  ])('tells by the reply, where the store %s', async (_, spansOf) => {
    expect(await slowReasons([result], storeOf(spansOf), goesOn)).toEqual(['prefill 600 ms (60 %)']);
  });

  it('tells what no trace knows of: that it was sent late', async () => {
    const late = { ...result, intendedAtMs: -4_000 };
    expect(
      await slowReasons(
        [late],
        storeOf(async () => spans),
        goesOn,
      ),
    ).toEqual(['sent late 4.00 s (80 %)']);
  });

  it('tells what no trace knows of: that it had not reached the api-server', async () => {
    expect(
      await slowReasons(
        [{ ...result, endedAtMs: 1_368 }],
        storeOf(async () => spans),
        goesOn,
      ),
    ).toEqual(['on its way to or from the api-server, or not yet taken up there, 1.00 s (73 %)']);
  });

  it('asks nobody once the load was ended early', async () => {
    const failed = { ...result, outcome: 'UNAVAILABLE' };
    const never = storeOf((_, signal) => {
      signal?.throwIfAborted();
      return new Promise(() => {});
    });
    expect(await slowReasons([failed], never, AbortSignal.abort())).toEqual(['ended with UNAVAILABLE']);
  });
});
