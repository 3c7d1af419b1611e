import type { Clock } from '@ryzanstein/runtime';
import type { CallLimits } from './ports.ts';
import { abortError } from './rpc-errors.ts';

interface Waiting {
  /** Milliseconds since 1970. */
  readonly deadlineAtMs?: number | undefined;
}

/** Until the caller's deadline; Infinity where it has none, below 0 where it has passed. */
export function remainingMs(clock: Clock, { deadlineAtMs }: Waiting): number {
  return deadlineAtMs === undefined ? Infinity : deadlineAtMs - clock.epochMs();
}

/** Limits of a call made for this caller: its own, and `signal`. */
export function callLimits(clock: Clock, caller: Waiting, signal: AbortSignal): CallLimits {
  const timeoutMs = remainingMs(clock, caller);
  return timeoutMs === Infinity ? { signal } : { signal, timeoutMs: Math.max(1, timeoutMs) };
}

/** Waits; rejects with the signal's reason, an RpcError, as soon as it aborts. */
export async function pause(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) throw abortError(signal);
  await new Promise<void>((resolve, reject) => {
    const onAbort = (): void => {
      timer.cancel();
      reject(abortError(signal));
    };
    const timer = clock.after(delayMs, () => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    });
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
