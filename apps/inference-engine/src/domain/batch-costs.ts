/** What reading so many tokens of a prompt in one batch takes. */
export interface BatchCost {
  readonly tokens: number;
  readonly ms: number;
}

/**
 * Lengths of a batch that are worth telling apart. Matrix kernels work in tiles, so that there are
 * lengths which cost hardly more than a shorter one; among the short ones each may be such.
 */
export const batchLengths: readonly number[] = [
  1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 16, 20, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048,
  3072, 4096, 8192,
];
// What a token more than the longest batch known adds, of the price of a token in it. In proportion
// would be more than it is, and the longer one would never be tried.
const growth = 0.8;

/** One step nearer to what was seen: to the median rather than the mean, as a busy machine makes outliers. */
export function nearer(known: number | undefined, seen: number, weight: number): number {
  if (known === undefined) return seen;
  return known + Math.max(-known / 2, Math.min(known / 2, seen - known)) * weight;
}

/**
 * What it costs to read part of a prompt, by its length, as learnt from the batches themselves.
 *
 * The cost does not grow in proportion: on a processor a batch of 64 tokens costs about six times
 * as much as one of 8. Lengths not seen yet are estimated from those that were, and what one
 * length shows bounds the others. Towards the end of a long prompt every batch costs more than at
 * its start, and on a busy machine too: that is taken to hold for all lengths alike, and quickly;
 * how they compare is learnt slowly.
 */
export class BatchCosts {
  readonly #ms: (number | undefined)[];
  /** How many times as long as `#ms` says batches take now. */
  #pace = 1;

  /** Begins with what was measured before, if anything was. */
  constructor(measured: readonly BatchCost[] = []) {
    this.#ms = batchLengths.map((length) => measured.find(({ tokens }) => tokens === length)?.ms);
  }

  /** Takes note of the time of a batch of so many tokens. */
  learn({ tokens, ms }: BatchCost): void {
    const at = batchLengths.indexOf(tokens);
    if (at < 0) return;
    if (this.#known) this.#pace = nearer(this.#pace, ms / (this.#ms[at] ?? this.#estimateMs(tokens)), 0.3);
    const learnt = nearer(this.#ms[at], ms / this.#pace, 0.05);
    this.#ms[at] = learnt;
    for (const [other, length] of batchLengths.entries()) {
      const otherMs = this.#ms[other];
      // A shorter batch takes no longer, and a longer one no longer than as many of these.
      if (otherMs !== undefined) this.#ms[other] = Math.min(otherMs, learnt * Math.max(1, length / tokens));
    }
  }

  /** What each length up to `most` is expected to take; nothing while no length is known. */
  upTo(most: number): readonly BatchCost[] {
    if (!this.#known) return [];
    return batchLengths
      .map((tokens, at) => ({ tokens, ms: this.#pace * (this.#ms[at] ?? this.#estimateMs(tokens)) }))
      .filter(({ tokens }) => tokens <= most);
  }

  get #known(): boolean {
    return this.#ms.some((ms) => ms !== undefined);
  }

  /** Between the neighbours that are known; below them in proportion, above them as `growth` says. */
  #estimateMs(length: number): number {
    let below: BatchCost | undefined;
    for (const [index, tokens] of batchLengths.entries()) {
      const ms = this.#ms[index];
      if (ms === undefined) continue;
      if (tokens < length) {
        below = { tokens, ms };
        continue;
      }
      if (below === undefined) return (ms * length) / tokens;
      return below.ms + ((ms - below.ms) * (length - below.tokens)) / (tokens - below.tokens);
    }
    return below === undefined ? Infinity : below.ms * (1 + growth * (length / below.tokens - 1));
  }
}
