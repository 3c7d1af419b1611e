/** The slots that no sequence has, longest free first. */
export class SlotPool {
  readonly #free: number[];

  constructor(slots: number) {
    this.#free = Array.from({ length: slots }, (_, slot) => slot);
  }

  get size(): number {
    return this.#free.length;
  }

  /**
   * Takes the slot that scores highest; of equals the one that was free longest, so that what
   * the others still hold lives on. There must be one.
   */
  take(score: (slot: number) => number): number {
    let best = 0;
    let bestScore = -1;
    for (const [index, slot] of this.#free.entries()) {
      const own = score(slot);
      if (own > bestScore) {
        best = index;
        bestScore = own;
      }
    }
    const [slot] = this.#free.splice(best, 1);
    if (slot === undefined) throw new Error('no slot is free');
    return slot;
  }

  give(slot: number): void {
    this.#free.push(slot);
  }
}
