/** What a signal means: the first one asks to stop, a later one to hurry. */
export type Wish = 'stop' | 'force' | 'same';

// A terminal sends SIGINT to the whole group and npm passes it on once more: one wish, two signals.
const sameWishMs = 500;

/** Reads signals one by one; a signal within half a second of the last wish is that same wish. */
export function createWishReader(): (nowMs: number) => Wish {
  let lastMs: number | undefined;
  return (nowMs) => {
    if (lastMs === undefined) {
      lastMs = nowMs;
      return 'stop';
    }
    if (nowMs - lastMs < sameWishMs) return 'same';
    lastMs = nowMs;
    return 'force';
  };
}

/** Signals with which a user, a terminal or a supervisor asks to stop. */
export const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export type StopSignal = (typeof stopSignals)[number];

/** The exit code that says that a signal ended a run before it was done. */
export function signalExitCode(signal: StopSignal): number {
  return 128 + { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 }[signal];
}
