import fc from 'fast-check';
import { poissonArrivals } from './arrivals.ts';
import { seededRandom } from './seeded-random.ts';

function arrivals(perSecond: number, count: number, seed = '1'): number[] {
  return poissonArrivals(perSecond, seededRandom(seed, 'arrivals')).take(count).toArray();
}

describe(poissonArrivals, () => {
  it('never goes back, and follows from the seed', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 10_000, noNaN: true }), fc.string(), (rate, seed) => {
        const times = arrivals(rate, 50, seed);
        expect(times).toEqual(times.toSorted((a, b) => a - b));
        expect(times).toEqual(arrivals(rate, 50, seed));
        // A rate only stretches the same arrivals.
        expect(times[49]! * rate).toBeCloseTo(arrivals(1, 50, seed)[49]!, 3);
      }),
    );
  });

  it('has the rate on average, and is as uneven as independent arrivals are', () => {
    const times = arrivals(20, 40_000);
    expect(40_000 / (times.at(-1)! / 1_000) / 20).toBeCloseTo(1, 1);
    const perSecond = new Array<number>(Math.floor(times.at(-1)! / 1_000)).fill(0);
    for (const time of times) {
      const second = Math.floor(time / 1_000);
      if (second < perSecond.length) perSecond[second]! += 1;
    }
    const mean = perSecond.reduce((sum, count) => sum + count, 0) / perSecond.length;
    const variance = perSecond.reduce((sum, count) => sum + (count - mean) ** 2, 0) / perSecond.length;
    // A Poisson count has as much variance as mean; evenly spaced ones would have none.
    expect(variance / mean).toBeGreaterThan(0.85);
    expect(variance / mean).toBeLessThan(1.15);
  });

  it('waits exponentially: the largest gap to that curve is within the Kolmogorov-Smirnov bound', () => {
    const times = arrivals(1, 10_000);
    const waits = times.map((time, index) => (time - (times[index - 1] ?? 0)) / 1_000).sort((a, b) => a - b);
    const gap = Math.max(
      ...waits.map((wait, index) => Math.abs(1 - Math.exp(-wait) - (index + 1) / waits.length)),
    );
    // 1.95 ÷ √n is passed once in a thousand.
    expect(gap).toBeLessThan(1.95 / Math.sqrt(waits.length));
  });
});
