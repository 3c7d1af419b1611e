/** Seeds that the sampler tells apart, 0 to 2^32 − 2: its highest number means "draw one". */
export const seedCount = 2 ** 32 - 1;

/** Folds a 64-bit seed into the sampler's range; the same seed always gives the same number. */
export function samplerSeed(seed: bigint): number {
  return Number(BigInt.asUintN(64, seed) % BigInt(seedCount));
}
