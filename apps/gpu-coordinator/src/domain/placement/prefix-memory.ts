/** Keys remembered for each slot: an engine keeps the last prompt of a slot, so older ones are gone there, too. */
const KEYS_PER_SLOT = 4;

/** The beginnings of the prompts that were lately placed on a device, the latest last. */
export class PrefixMemory {
  readonly #keys = new Set<string>();

  get size(): number {
    return this.#keys.size;
  }

  has(key: string): boolean {
    return key !== '' && this.#keys.has(key);
  }

  /** Remembers a key, and forgets the one that was used longest ago where there are too many for `slots`. */
  use(key: string, slots: number): void {
    if (key === '') return;
    this.#keys.delete(key);
    this.#keys.add(key);
    const most = KEYS_PER_SLOT * Math.max(1, slots);
    for (const oldest of this.#keys) {
      if (this.#keys.size <= most) return;
      this.#keys.delete(oldest);
    }
  }
}
