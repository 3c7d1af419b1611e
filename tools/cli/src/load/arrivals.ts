import { exponential, type Random } from './seeded-random.ts';

/** When requests arrive, in milliseconds since the start, without end: independent of each other, `perSecond` on average. */
export function* poissonArrivals(perSecond: number, random: Random): Generator<number, never> {
  for (let atMs = 0; ;) {
    atMs += (exponential(random) / perSecond) * 1_000;
    yield atMs;
  }
}
