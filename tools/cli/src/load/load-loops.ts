import type { Clock } from '@ryzanstein/runtime';
import { setImmediate as turn } from 'node:timers/promises';

/** When a load ends. */
export interface LoadLimits {
  /** No request begins later than this after the start; Infinity: no limit. */
  readonly durationMs: number;
  /** No more begin than these; Infinity: no limit. */
  readonly requests: number;
}

/** What a loop works with. */
export interface LoopDeps {
  readonly clock: Pick<Clock, 'monotonicMs' | 'after'>;
  /** Ends the loop early; what is under way is for `send` to end. */
  readonly stop: AbortSignal;
  /** Sends one request that was to begin at that time of the clock; MUST NOT reject. */
  readonly send: (intendedAtMs: number) => Promise<void>;
}

/** When a load of a given rate sends, and what it does with what it cannot. */
export interface Offer {
  /** Milliseconds since the start, ascending. */
  readonly arrivals: Iterator<number, unknown>;
  /** More than these are never under way at once. */
  readonly maxInFlight: number;
  /** Told of each request that is not sent for that. */
  notSent(intendedAtMs: number): void;
}

// A generator that is behind sends all that is due; answers must be read between.
const sendsPerTurn = 32;

/**
 * Sends each request when it arrives, whatever became of those before: a service that is too slow is
 * not spared. What is sent late counts from when it was to be sent.
 *
 * @returns for how many milliseconds requests were offered, once all have ended
 */
export async function openLoop(offer: Offer, limits: LoadLimits, deps: LoopDeps): Promise<number> {
  const { clock, stop, send } = deps;
  const startMs = clock.monotonicMs();
  const running = new Set<Promise<void>>();
  let lastMs = 0;
  let untilMs = limits.durationMs;
  for (let offered = 0; ; offered += 1) {
    const next = offered < limits.requests ? offer.arrivals.next() : undefined;
    if (next === undefined || next.done === true) {
      untilMs = lastMs;
      break;
    }
    if (next.value > limits.durationMs) break;
    lastMs = next.value;
    const atMs = startMs + lastMs;
    const early = atMs - clock.monotonicMs();
    if (early > 0) await pause(clock, early, stop);
    else if (offered % sendsPerTurn === 0) await turn();
    if (stop.aborted) break;
    if (running.size >= offer.maxInFlight) {
      offer.notSent(atMs);
      continue;
    }
    const one = send(atMs).then(() => void running.delete(one));
    running.add(one);
  }
  if (stop.aborted) untilMs = Math.min(untilMs, clock.monotonicMs() - startMs);
  await Promise.all(running);
  return untilMs;
}

/**
 * Keeps `concurrency` requests under way: each that ends makes room for the next.
 *
 * @returns for how many milliseconds requests were offered, once all have ended
 */
export async function closedLoop(concurrency: number, limits: LoadLimits, deps: LoopDeps): Promise<number> {
  const { clock, stop, send } = deps;
  const startMs = clock.monotonicMs();
  let begun = 0;
  let lastMs = 0;
  const worker = async (): Promise<void> => {
    while (begun < limits.requests && !stop.aborted) {
      const nowMs = clock.monotonicMs();
      if (nowMs - startMs > limits.durationMs) return;
      begun += 1;
      lastMs = nowMs - startMs;
      await send(nowMs);
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, limits.requests) }, worker));
  return Math.min(limits.durationMs, Math.max(lastMs, clock.monotonicMs() - startMs));
}

function pause(clock: LoopDeps['clock'], delayMs: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (stop.aborted) return resolve();
    const done = (): void => {
      timer.cancel();
      stop.removeEventListener('abort', done);
      resolve();
    };
    const timer = clock.after(delayMs, done);
    stop.addEventListener('abort', done);
  });
}
