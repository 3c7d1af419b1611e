// Sizes that are worth telling apart. Matrix kernels work in tiles, so that a batch between two of
// them costs about as much as the larger one.
const sizes = [
  1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048, 3072, 4096,
  8192,
];
// Nothing is known yet: a guess that keeps a reader's wait bounded on a processor.
const unmeasured = 4;
// What a token more than the longest batch known adds, of the price of a token in it. In proportion
// would be more than it is, and the longer one would never be tried.
const growth = 0.8;
// A length not seen yet is taken to be a little cheaper than estimated: one try tells, and without
// it a length whose kernel is better than its neighbours' would never be found.
const optimism = 0.85;
// What is known of a length that shorter ones are read in place of fades, but not to nothing: a first
// impression that the machine spoilt is mended, and one that was right costs a try in 150 steps.
const fading = 0.998;
const mostFaded = 0.7;

/** One step nearer to what was seen: to the median rather than the mean, as a busy machine makes outliers. */
export function nearer(known: number | undefined, seen: number, weight: number): number {
  if (known === undefined) return seen;
  return known + Math.max(-known / 2, Math.min(known / 2, seen - known)) * weight;
}

/**
 * What it costs to read part of a prompt, by its length, as learnt from the steps.
 *
 * The cost does not grow in proportion: on a processor a batch of 64 tokens costs about six times
 * as much as one of 8. Lengths not seen yet are estimated from those that were, and what one
 * length shows bounds the others, so that one step which the machine held up is soon forgotten.
 */
export class BatchCosts {
  readonly #ms: (number | undefined)[] = sizes.map(() => undefined);
  /** Shorter batches since one of this length. */
  readonly #age: number[] = sizes.map(() => 0);

  /** Takes note of the time of a batch of so many tokens. */
  learn(tokens: number, ms: number): void {
    const at = sizes.indexOf(tokens);
    if (at < 0) return;
    const known = this.#ms[at];
    const stale = (this.#age[at] ?? 0) > 20;
    const learnt = nearer(known, ms, stale ? 0.7 : 0.2);
    this.#ms[at] = learnt;
    for (const [other, size] of sizes.entries()) {
      if (other >= at) this.#age[other] = other === at ? 0 : (this.#age[other] ?? 0) + 1;
      const otherMs = this.#ms[other];
      // A shorter batch takes no longer, and a longer one no longer than as many of these.
      if (otherMs !== undefined) this.#ms[other] = Math.min(otherMs, learnt * Math.max(1, size / tokens));
    }
  }

  /** The most tokens that take no longer, at least one. */
  largestWithin(limitMs: number | undefined): number {
    if (limitMs === undefined || this.#ms.every((ms) => ms === undefined)) return unmeasured;
    return sizes.findLast((size, at) => this.#expectedMs(size, at) <= limitMs) ?? 1;
  }

  /**
   * The fewest tokens with which a prompt takes at most `factor` times as long as in the batches
   * that are cheapest for it, where `betweenMs` go by between two batches.
   */
  fewestWithin(factor: number, betweenMs: number): number {
    const cheapest = Math.min(...sizes.map((size, at) => (this.#ms[at] ?? Infinity) / size));
    if (cheapest === Infinity) return 1;
    const found = sizes.find(
      (size, at) => this.#expectedMs(size, at) + betweenMs <= factor * cheapest * size,
    );
    return found ?? 1;
  }

  #expectedMs(size: number, at: number): number {
    const known = this.#ms[at];
    if (known === undefined) return optimism * this.#estimateMs(size);
    return known * Math.max(mostFaded, fading ** (this.#age[at] ?? 0));
  }

  /** Between the neighbours that are known; below them in proportion, above them as `growth` says. */
  #estimateMs(size: number): number {
    let below: { size: number; ms: number } | undefined;
    for (const [index, other] of sizes.entries()) {
      const ms = this.#ms[index];
      if (ms === undefined) continue;
      if (other < size) {
        below = { size: other, ms };
        continue;
      }
      if (below === undefined) return (ms * size) / other;
      return below.ms + ((ms - below.ms) * (size - below.size)) / (other - below.size);
    }
    return below === undefined ? Infinity : below.ms * (1 + growth * (size / below.size - 1));
  }
}
