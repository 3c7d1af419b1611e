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

/**
 * When the clock's `monotonicMs` was 0, in milliseconds since 1970: what is measured by it becomes a
 * record of another process. Looks again where it was held up between its looks at both clocks.
 */
export function epochOfZeroMs(clock: Clock): number {
  for (let again = 3; ; again -= 1) {
    const beforeMs = clock.monotonicMs();
    const epochMs = clock.epochMs();
    if (again === 0 || clock.monotonicMs() - beforeMs < heldUpMs) return epochMs - beforeMs;
  }
}

// Far above what two looks take, and below what moves a span out of its parent.
const heldUpMs = 0.5;

// What two clocks may be apart by their whole milliseconds and their drift.
const apartMs = 3;
// When performance.now() was 0, in milliseconds since 1970.
let zeroMs = performance.timeOrigin;

/** The machine's clock. */
export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  epochMs() {
    // Date.now() has whole milliseconds, too coarse for spans; the other has fractions, but does not
    // follow a clock that is set. Where they part it is set anew and stays so: what is measured next
    // is not off by the difference. Looks between which the process was held up tell nothing.
    const beforeMs = performance.now();
    const coarse = Date.now() + 0.5;
    const nowMs = performance.now();
    if (nowMs - beforeMs < heldUpMs && Math.abs(coarse - zeroMs - nowMs) > apartMs) zeroMs = coarse - nowMs;
    return zeroMs + nowMs;
  },
  after(delayMs, callback) {
    const handle = setTimeout(callback, delayMs);
    handle.unref();
    return { cancel: () => clearTimeout(handle) };
  },
};
