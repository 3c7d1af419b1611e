/** A duration in nanoseconds, readable and short: `12 µs`, `3.41 ms`, `412 ms`, `1.24 s`, `2 min 5 s`. */
export function durationText(nanoseconds: bigint): string {
  const us = Number(nanoseconds) / 1_000;
  if (us < 999.5) return `${Math.round(us)} µs`;
  const ms = us / 1_000;
  if (ms < 999.5) return `${threeDigits(ms)} ms`;
  const seconds = ms / 1_000;
  if (seconds < 60) return `${threeDigits(seconds)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
}

/** The same for fractional milliseconds. */
export function durationTextMs(milliseconds: number): string {
  return durationText(BigInt(Math.max(0, Math.round(milliseconds * 1e6))));
}

/** Milliseconds, with fractions, between two times in nanoseconds. */
export function millisecondsBetween(fromNs: bigint, toNs: bigint): number {
  return Number(toNs - fromNs) / 1e6;
}

function threeDigits(value: number): string {
  if (value < 9.995) return value.toFixed(2);
  return value < 99.95 ? value.toFixed(1) : value.toFixed(0);
}
