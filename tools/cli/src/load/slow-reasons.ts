import { durationTextMs, explain, isWhole } from '@ryzanstein/trace-analysis';
import { awaitTrace } from '../trace/await-trace.ts';
import { printable } from '../trace/printable.ts';
import type { TraceStore } from '../trace/trace-store.ts';
import { outcomes, type LoadResult } from './load-request.ts';
import { tookMs } from './load-tally.ts';

// The report waits for it.
const readWithinMs = 1_000;

/**
 * Why each request took as long as it did: by its trace, where the store has the whole of it within a
 * second; else by what its reply said.
 */
export function slowReasons(
  results: readonly LoadResult[],
  store: TraceStore,
  interrupted: AbortSignal,
): Promise<string[]> {
  const signal = AbortSignal.any([interrupted, AbortSignal.timeout(readWithinMs)]);
  return Promise.all(
    results.map(async (result) => (await reasonFromTrace(result, store, signal)) ?? reasonFromReply(result)),
  );
}

async function reasonFromTrace(
  result: LoadResult,
  store: TraceStore,
  signal: AbortSignal,
): Promise<string | undefined> {
  // No trace knows of the time before it began.
  if (sentLateMs(result) > tookMs(result) / 3) return undefined;
  try {
    const trace = await awaitTrace(store, result.traceId, { waitMs: 0.9 * readWithinMs, signal });
    if (trace === undefined || !isWhole(trace)) return undefined;
    const { totalMs, reason } = explain(trace);
    const outsideMs = result.endedAtMs - result.sentAtMs - totalMs;
    return outsideMs > tookMs(result) / 3 ? outsideReason(outsideMs, result) : printable(reason);
  } catch {
    // A store that does not answer, or not in time, is no failure of the load.
    return undefined;
  }
}

function outsideReason(outsideMs: number, result: LoadResult): string {
  return `on its way to or from the api-server, or not yet taken up there, ${shareText(outsideMs, result)}`;
}

/** From what its reply said: the part that took most. */
export function reasonFromReply(result: LoadResult): string {
  const { timings, outcome } = result;
  if (outcome !== outcomes.answered) return `ended with ${outcome}`;
  const parts: (readonly [words: string, ms: number])[] = [['sent late', sentLateMs(result)]];
  if (timings !== undefined)
    parts.push(
      ['waited for a lease', timings.leaseWaitMs],
      ["waited in the engine's queue", timings.queueMs],
      ['prefill', timings.prefillMs],
      ['decode', timings.decodeMs],
    );
  const [words, ms] = parts.reduce((most, part) => (part[1] > most[1] ? part : most));
  if (ms <= tookMs(result) / 3) return 'no part of it took more than a third';
  return `${words} ${shareText(ms, result)}`;
}

function shareText(ms: number, result: LoadResult): string {
  return `${durationTextMs(ms)} (${Math.round((100 * ms) / tookMs(result))} %)`;
}

function sentLateMs({ sentAtMs, intendedAtMs }: LoadResult): number {
  return sentAtMs - intendedAtMs;
}
