/** Milliseconds since 1970 that never go back while the page is open. */
export function nowMs(): number {
  return performance.timeOrigin + performance.now();
}
