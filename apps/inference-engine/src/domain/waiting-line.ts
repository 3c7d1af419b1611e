import type { Sequence } from './sequence.ts';

/**
 * How often a request may be overtaken by one that came later with a higher priority. Then it goes
 * before every later one: under a flood of urgent requests an unhurried one waits for this many
 * more slots at most.
 */
export const maxOvertakes = 8;

/**
 * The sequences that wait for a slot: higher priority first, first come first served within one,
 * and nobody overtaken more than `maxOvertakes` times.
 */
export class WaitingLine implements Iterable<Sequence> {
  /** In the order of arrival. */
  readonly #waiting: Sequence[] = [];

  get size(): number {
    return this.#waiting.length;
  }

  [Symbol.iterator](): Iterator<Sequence> {
    return this.#waiting.values();
  }

  /** How many go before one that comes now. */
  aheadOf(priority: number): number {
    return this.#waiting.filter((one) => one.plan.priority >= priority || one.overtaken >= maxOvertakes)
      .length;
  }

  add(sequence: Sequence): void {
    this.#waiting.push(sequence);
  }

  /** True where it waited. */
  remove(sequence: Sequence): boolean {
    const index = this.#waiting.indexOf(sequence);
    if (index >= 0) this.#waiting.splice(index, 1);
    return index >= 0;
  }

  /** Whether somebody waits for nothing but a slot. */
  hasDue(nowMs: number): boolean {
    return this.#waiting.some((one) => one.notBeforeMs <= nowMs);
  }

  /** Takes out whose turn it is; the others that are due remember whether they came before or after. */
  takeDue(nowMs: number): Sequence | undefined {
    let next: Sequence | undefined;
    for (const one of this.#waiting) {
      if (one.notBeforeMs > nowMs) continue;
      if (next === undefined || one.plan.priority > next.plan.priority) next = one;
      // Nobody who came later may go before it any more.
      if (one.overtaken >= maxOvertakes) break;
    }
    if (next === undefined) return undefined;
    let came: 'before' | 'after' = 'before';
    for (const one of this.#waiting) {
      if (one === next) came = 'after';
      else if (one.notBeforeMs > nowMs) continue;
      else if (came === 'before') one.overtaken++;
      else one.passed = true;
    }
    this.remove(next);
    return next;
  }

  /** The step goes on without those who are still here: whoever is due waits for a slot. */
  noteLeftBehind(nowMs: number): void {
    for (const one of this.#waiting) if (one.notBeforeMs <= nowMs) one.leftBehind = true;
  }

  /** Empties it. */
  clear(): Sequence[] {
    return this.#waiting.splice(0);
  }
}
