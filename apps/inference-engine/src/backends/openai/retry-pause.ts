import type { Clock } from '@ryzanstein/runtime';

/** How often a server is asked at most, before anything of its answer has come. */
export const mostAttempts = 4;

const firstPauseMs = 100;
const longestPauseMs = 2_000;

/**
 * How long to wait after so many attempts that failed; undefined where it is not worth waiting. What the
 * server asks for holds. The jitter, 0 to 1, keeps those that failed together from coming back together.
 */
export function pauseAfter(
  attempts: number,
  askedMs: number | undefined,
  jitter: number,
): number | undefined {
  if (attempts >= mostAttempts) return undefined;
  if (askedMs !== undefined && askedMs > longestPauseMs) return undefined;
  const ownMs = firstPauseMs * 2 ** (attempts - 1) * (0.5 + jitter);
  return Math.min(longestPauseMs, Math.max(ownMs, (askedMs ?? 0) * (1 + jitter / 4)));
}

/** Waits, or for the signal, whatever comes first. */
export async function pause(ms: number, signal: AbortSignal, clock: Clock): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = clock.after(ms, resolve);
    signal.addEventListener(
      'abort',
      () => {
        timer.cancel();
        resolve();
      },
      { once: true },
    );
  });
}
