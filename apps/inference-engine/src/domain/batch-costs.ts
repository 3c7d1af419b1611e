// Sizes that are worth telling apart. Matrix kernels work in tiles, so that a batch between two of
// them costs about as much as the larger one.
const sizes = [8, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048, 3072, 4096, 8192];
// Nothing is known yet: a guess that keeps a reader's wait bounded on a processor.
const unmeasured = 16;
// What a token more than the longest batch known adds, of the price of a token in it. In proportion
// would be more than it is, and the longer one would never be tried.
const growth = 0.8;

/**
 * What it costs to read part of a prompt, by its length, as learnt from the steps.
 *
 * The cost does not grow in proportion: on a processor a batch of 64 tokens costs about five times
 * as much as one of 8. Lengths not seen yet are estimated from those that were, and what one
 * length shows bounds the others, so that one step which the machine held up is soon forgotten.
 */
export class BatchCosts {
  readonly #ms: (number | undefined)[] = sizes.map(() => undefined);

  /** Takes note of the time of a batch of so many tokens. */
  learn(tokens: number, ms: number): void {
    const at = sizes.indexOf(tokens);
    if (at < 0) return;
    const known = this.#ms[at];
    const learnt = known === undefined ? ms : known + (Math.min(ms, 4 * known) - known) * 0.2;
    this.#ms[at] = learnt;
    for (const [other, size] of sizes.entries()) {
      const otherMs = this.#ms[other];
      // A shorter batch takes no longer, and a longer one no longer than as many of these.
      if (otherMs !== undefined) this.#ms[other] = Math.min(otherMs, learnt * Math.max(1, size / tokens));
    }
  }

  /** The most tokens that take no longer; never fewer than keep the price of a token reasonable. */
  largestWithin(limitMs: number | undefined): number {
    if (limitMs === undefined || this.#ms.every((ms) => ms === undefined)) return unmeasured;
    return sizes.findLast((size) => this.#estimateMs(size) <= limitMs) ?? sizes[0] ?? unmeasured;
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
