import fc from 'fast-check';
import { jainIndex, measure } from './figures.ts';
import { seededRandom } from './seeded-random.ts';

const random = () => seededRandom('1', 'figures');

describe(measure, () => {
  it('gives the percentiles of known values', () => {
    const hundred = measure(random());
    for (let value = 100; value >= 1; value -= 1) hundred.add(value);
    expect(hundred.percentiles()).toEqual({ count: 100, p50: 50, p90: 90, p99: 99, max: 100 });
    const one = measure(random());
    one.add(7);
    expect(one.percentiles()).toEqual({ count: 1, p50: 7, p90: 7, p99: 7, max: 7 });
    expect(measure(random()).percentiles()).toBeUndefined();
  });

  it('gives the smallest value that so many do not exceed, of any values', () => {
    const share = (values: readonly number[], of: number): number =>
      values.filter((value) => value <= of).length / values.length;
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 3_000 }),
        (values) => {
          const all = measure(random());
          values.forEach((value) => all.add(value));
          const { count, p50, p90, p99, max, sampled } = all.percentiles()!;
          expect([count, max, sampled]).toEqual([values.length, Math.max(...values), undefined]);
          for (const [wanted, found] of [
            [0.5, p50],
            [0.9, p90],
            [0.99, p99],
          ] as const) {
            expect(share(values, found)).toBeGreaterThanOrEqual(wanted);
            const below = values.filter((value) => value < found);
            expect(below.length / values.length).toBeLessThan(wanted);
          }
        },
      ),
    );
  });

  it('keeps an even sample of more than it may hold, and says so', () => {
    const limited = measure(random(), 1_000);
    for (let value = 1; value <= 100_000; value += 1) limited.add(value);
    const { count, p50, p90, max, sampled } = limited.percentiles()!;
    expect([count, max, sampled]).toEqual([100_000, 100_000, 1_000]);
    expect(p50 / 50_000).toBeCloseTo(1, 1);
    expect(p90 / 90_000).toBeCloseTo(1, 1);
  });
});

describe(jainIndex, () => {
  it.each([
    [[5, 5, 5, 5], 1],
    [[1, 0, 0, 0], 0.25],
    [[1, 2, 3, 4], 100 / 120],
    [[9], 1],
    [[0, 0], undefined],
    [[], undefined],
  ])('of %p is %p', (shares, index) => {
    expect(jainIndex(shares)).toBe(index);
  });

  it('lies between 1 ÷ n and 1, and does not depend on the unit', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 10_000 }), { minLength: 1, maxLength: 20 }),
        (shares) => {
          const index = jainIndex(shares)!;
          expect(index).toBeGreaterThanOrEqual(1 / shares.length - 1e-9);
          expect(index).toBeLessThanOrEqual(1 + 1e-9);
          expect(jainIndex(shares.map((share) => share * 3))).toBeCloseTo(index, 9);
        },
      ),
    );
  });
});
