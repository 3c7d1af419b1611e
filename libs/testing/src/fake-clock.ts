import type { Clock, Timer } from '@ryzanstein/runtime';

interface Pending {
  readonly dueMs: number;
  readonly order: number;
  readonly callback: () => void;
}

/** A clock that stands still until it is advanced. */
export class FakeClock implements Clock {
  #nowMs = 0;
  #order = 0;
  readonly #epochStartMs: number;
  readonly #pending = new Set<Pending>();

  /** @param epochStartMs wall-clock time at monotonic 0, in ms since 1970. */
  constructor(epochStartMs = Date.UTC(2026, 0, 1)) {
    this.#epochStartMs = epochStartMs;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  epochMs(): number {
    return this.#epochStartMs + this.#nowMs;
  }

  after(delayMs: number, callback: () => void): Timer {
    const pending: Pending = { dueMs: this.#nowMs + Math.max(0, delayMs), order: this.#order++, callback };
    this.#pending.add(pending);
    return { cancel: () => this.#pending.delete(pending) };
  }

  /** Timers that have neither run nor been cancelled. */
  get pendingTimers(): number {
    return this.#pending.size;
  }

  /** Moves on by `ms`, running what falls due in the order in which it falls due. */
  advance(ms: number): void {
    const untilMs = this.#nowMs + ms;
    for (let next = this.#nextDue(untilMs); next !== undefined; next = this.#nextDue(untilMs))
      this.#run(next);
    this.#nowMs = untilMs;
  }

  /** As `advance`, but lets promises settle before the first and after each timer. */
  async advanceAsync(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    await settled();
    for (let next = this.#nextDue(untilMs); next !== undefined; next = this.#nextDue(untilMs)) {
      this.#run(next);
      await settled();
    }
    this.#nowMs = untilMs;
    await settled();
  }

  #run(pending: Pending): void {
    this.#pending.delete(pending);
    this.#nowMs = Math.max(this.#nowMs, pending.dueMs);
    pending.callback();
  }

  #nextDue(untilMs: number): Pending | undefined {
    let first: Pending | undefined;
    for (const pending of this.#pending) {
      if (pending.dueMs > untilMs) continue;
      if (
        first === undefined ||
        pending.dueMs < first.dueMs ||
        (pending.dueMs === first.dueMs && pending.order < first.order)
      )
        first = pending;
    }
    return first;
  }
}

/** One turn of the event loop: every promise that could settle has settled. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
