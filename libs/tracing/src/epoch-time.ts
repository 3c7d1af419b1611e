import type { HrTime } from '@opentelemetry/api';

/**
 * Milliseconds since 1970, with fractions. The SDK's own spans start on whole milliseconds, which
 * lets a child end after its parent.
 */
export function nowEpochMs(): number {
  const precise = performance.timeOrigin + performance.now();
  const coarse = Date.now();
  // Follows a clock that was set after the process started.
  return Math.abs(coarse - precise) > 3 ? coarse : precise;
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
