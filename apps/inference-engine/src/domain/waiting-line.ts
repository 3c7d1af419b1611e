import type { QueueReason } from './generation.ts';
import type { Sequence } from './sequence.ts';

/**
 * How often a request may be overtaken by one that came later with a higher priority. Then it goes
 * before every later one: under a flood of urgent requests an unhurried one waits for this many
 * more slots at most.
 */
export const maxOvertakes = 8;

/** What waits in a line, and what the line remembers of it. */
export interface Waiting {
  readonly plan: { readonly priority: number };
  /** Not to be taken before this time. */
  readonly notBeforeMs: number;
  /** Times that one which came later with a higher priority was taken before it. */
  overtaken: number;
  /** One that came earlier was taken while it waited. */
  passed: boolean;
  /** Slots were given out without one for it. */
  leftBehind: boolean;
}

/** Why it was in the line, by what the line remembers. */
export function queueReasonOf(
  { leftBehind, overtaken, passed }: Pick<Waiting, 'leftBehind' | 'overtaken' | 'passed'>,
  delayed: boolean,
): QueueReason {
  if (!leftBehind) return delayed ? 'delay_planted' : 'none';
  if (overtaken > 0) return 'overtaken';
  return passed ? 'behind_others' : 'slots_busy';
}

/**
 * The sequences that wait for a slot: higher priority first, first come first served within one,
 * and nobody overtaken more than `maxOvertakes` times.
 */
export class WaitingLine<One extends Waiting = Sequence> implements Iterable<One> {
  /** In the order of arrival. */
  readonly #waiting: One[] = [];

  get size(): number {
    return this.#waiting.length;
  }

  [Symbol.iterator](): Iterator<One> {
    return this.#waiting.values();
  }

  /** How many go before one that comes now. */
  aheadOf(priority: number): number {
    return this.#waiting.filter((one) => one.plan.priority >= priority || one.overtaken >= maxOvertakes)
      .length;
  }

  add(sequence: One): void {
    this.#waiting.push(sequence);
  }

  /** True where it waited. */
  remove(sequence: One): boolean {
    const index = this.#waiting.indexOf(sequence);
    if (index >= 0) this.#waiting.splice(index, 1);
    return index >= 0;
  }

  /** Whether somebody waits for nothing but a slot. */
  hasDue(nowMs: number): boolean {
    return this.#waiting.some((one) => one.notBeforeMs <= nowMs);
  }

  /** Takes out whose turn it is; the others that are due remember whether they came before or after. */
  takeDue(nowMs: number): One | undefined {
    let next: One | undefined;
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
  clear(): One[] {
    return this.#waiting.splice(0);
  }
}
