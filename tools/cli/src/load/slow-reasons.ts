import { durationTextMs } from '@ryzanstein/trace-analysis';
import { outcomes, type LoadResult } from './load-request.ts';
import { tookMs } from './load-tally.ts';

/** Why a request took as long as it did, from what its reply said: the part that took most. */
export function reasonFromReply(result: LoadResult): string {
  const { timings, outcome } = result;
  if (outcome !== outcomes.answered) return `ended with ${outcome}`;
  const lateMs = result.sentAtMs - result.intendedAtMs;
  const parts: (readonly [words: string, ms: number])[] = [['sent late', lateMs]];
  if (timings !== undefined)
    parts.push(
      ['waited for a lease', timings.leaseWaitMs],
      ["waited in the engine's queue", timings.queueMs],
      ['prefill', timings.prefillMs],
      ['decode', timings.decodeMs],
    );
  const [words, ms] = parts.reduce((most, part) => (part[1] > most[1] ? part : most));
  const totalMs = tookMs(result);
  if (ms <= totalMs / 3) return 'no part of it took more than a third';
  return `${words} ${durationTextMs(ms)} (${Math.round((100 * ms) / totalMs)} %)`;
}
