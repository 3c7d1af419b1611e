import type { Timings } from './generation.ts';

/** When a sequence came to what it came to; the end stands in for what it did not. */
export interface Moments {
  readonly enqueuedAtMs: number;
  readonly slotAtMs: number | undefined;
  readonly firstTokenAtMs: number | undefined;
  readonly endedAtMs: number;
}

/** Differences of rounded marks, not rounded differences: so the phases add up exactly. */
export function durationsUs({
  enqueuedAtMs,
  slotAtMs,
  firstTokenAtMs,
  endedAtMs,
}: Moments): Pick<Timings, 'queueUs' | 'prefillUs' | 'decodeUs'> {
  const mark = (atMs: number | undefined): number => Math.round(((atMs ?? endedAtMs) - enqueuedAtMs) * 1000);
  const slot = mark(slotAtMs);
  const firstToken = mark(firstTokenAtMs);
  return { queueUs: slot, prefillUs: firstToken - slot, decodeUs: mark(endedAtMs) - firstToken };
}
