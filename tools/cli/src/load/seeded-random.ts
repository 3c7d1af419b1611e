import { createHash } from 'node:crypto';

/** Draws the next number, 0 included and 1 not. */
export type Random = () => number;

/**
 * Numbers that follow from a seed and the name of what they are for (sfc32). Each use draws from a
 * sequence of its own, so that asking for other lengths does not move the arrivals.
 */
export function seededRandom(seed: string, purpose: string): Random {
  const bytes = createHash('sha256').update(`${seed}/${purpose}`).digest();
  let [a, b, c, counter] = [0, 4, 8, 12].map((at) => bytes.readUInt32LE(at)) as [
    number,
    number,
    number,
    number,
  ];
  return () => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return (sum >>> 0) / 2 ** 32;
  };
}

/** A normally distributed number of mean 0 and deviation 1 (Box and Muller). */
export function gaussian(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** An exponentially distributed number of mean 1. */
export function exponential(random: Random): number {
  return -Math.log(1 - random());
}
