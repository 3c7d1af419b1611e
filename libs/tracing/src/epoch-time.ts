import type { HrTime } from '@opentelemetry/api';

/** One moment by both clocks: a span starts by the one, and its length is measured by the other. */
export interface Moment {
  /** As `performance.now()` has it. */
  readonly monotonicMs: number;
  /** Milliseconds since 1970, with fractions. */
  readonly epochMs: number;
}

/** The clocks of a process. */
export interface Clocks {
  monotonicMs(): number;
  /** Whole milliseconds since 1970; follows a clock that is set. */
  wallMs(): number;
  /** When the monotonic clock stood at 0. */
  readonly originEpochMs: number;
}

const processClocks: Clocks = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  originEpochMs: performance.timeOrigin,
};

/**
 * Now. The SDK's own spans start on whole milliseconds, which lets a child end after its parent; so
 * does whoever looks at two clocks one after the other and is held up between them.
 */
export function thisMoment(clocks: Clocks = processClocks): Moment {
  for (let again = 3; ; again -= 1) {
    const monotonicMs = clocks.monotonicMs();
    const coarse = clocks.wallMs();
    const precise = clocks.originEpochMs + monotonicMs;
    if (Math.abs(coarse - precise) <= 3) return { monotonicMs, epochMs: precise };
    // The clock was set after the process started; or the process was held up, and looks again.
    if (again === 0 || clocks.monotonicMs() - monotonicMs < 1) return { monotonicMs, epochMs: coarse };
  }
}

/** Milliseconds since 1970, with fractions. */
export function nowEpochMs(): number {
  return thisMoment().epochMs;
}

/**
 * The SDK's own time format. Numbers are not handed to it as they are, because it reads small ones
 * as milliseconds since the process started.
 */
export function hrTimeOf(epochMs: number): HrTime {
  const seconds = Math.floor(epochMs / 1000);
  const nanoseconds = Math.round((epochMs - seconds * 1000) * 1e6);
  return nanoseconds >= 1e9 ? [seconds + 1, 0] : [seconds, nanoseconds];
}
