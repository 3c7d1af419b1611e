/** More than this many are never remembered: the oldest go first. */
const MAX_REMEMBERED = 65_536;

/** What ended a short while ago, so that a late message about it is told from an unknown one. */
export class RecentlyEnded<Value> {
  readonly #memoryMs: number;
  readonly #entries = new Map<string, { value: Value; untilMs: number }>();

  constructor(memoryMs: number) {
    this.#memoryMs = memoryMs;
  }

  remember(key: string, value: Value, nowMs: number): void {
    this.#entries.delete(key);
    this.#entries.set(key, { value, untilMs: nowMs + this.#memoryMs });
    // One memory span for all, so insertion order is the order of forgetting.
    for (const [oldest, { untilMs }] of this.#entries) {
      if (untilMs > nowMs && this.#entries.size <= MAX_REMEMBERED) break;
      this.#entries.delete(oldest);
    }
  }

  recall(key: string, nowMs: number): Value | undefined {
    const entry = this.#entries.get(key);
    return entry !== undefined && entry.untilMs > nowMs ? entry.value : undefined;
  }

  forget(key: string): void {
    this.#entries.delete(key);
  }
}
