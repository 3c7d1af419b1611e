/** A pending call of a `Clock`. */
export interface Timer {
  /** The callback will not run; harmless when it has run already. */
  cancel(): void;
}

/**
 * Time as the mesh's parts see it, injected so that their tests never sleep.
 *
 * Durations come from `monotonicMs` alone; `epochMs` is for records that leave the process.
 */
export interface Clock {
  /** Milliseconds, with fractions, that never go backwards. */
  monotonicMs(): number;
  /** Milliseconds since 1970, with fractions; may jump when the machine's clock is set. */
  epochMs(): number;
  /** Runs `callback` once, `delayMs` from now. Never keeps a process alive. */
  after(delayMs: number, callback: () => void): Timer;
}

/** The machine's clock. */
export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  epochMs() {
    // Date.now() has whole milliseconds, too coarse for spans; timeOrigin + now() has fractions
    // but does not follow a clock that is set after the start.
    const precise = performance.timeOrigin + performance.now();
    const coarse = Date.now();
    return Math.abs(coarse - precise) > 3 ? coarse : precise;
  },
  after(delayMs, callback) {
    const handle = setTimeout(callback, delayMs);
    handle.unref();
    return { cancel: () => clearTimeout(handle) };
  },
};
