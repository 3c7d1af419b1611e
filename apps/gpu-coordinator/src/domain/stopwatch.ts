/** Adds up the time during which something held true. */
export class Stopwatch {
  #totalMs = 0;
  #sinceMs: number | undefined;

  /** Says whether it holds true from now on. */
  set(running: boolean, nowMs: number): void {
    if (running === (this.#sinceMs !== undefined)) return;
    if (this.#sinceMs !== undefined) this.#totalMs += nowMs - this.#sinceMs;
    this.#sinceMs = running ? nowMs : undefined;
  }

  readMs(nowMs: number): number {
    return this.#totalMs + (this.#sinceMs === undefined ? 0 : nowMs - this.#sinceMs);
  }
}
