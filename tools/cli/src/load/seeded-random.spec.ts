import fc from 'fast-check';
import { exponential, gaussian, seededRandom } from './seeded-random.ts';

const many = 20_000;

function drawn(draw: () => number): number[] {
  return Array.from({ length: many }, draw);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

describe('numbers from a seed', () => {
  it('are always the same for it, and others for another seed or purpose', () => {
    const first = (seed: string, purpose: string): number[] =>
      Array.from({ length: 4 }, seededRandom(seed, purpose));
    fc.assert(
      fc.property(fc.string(), fc.string(), (seed, purpose) => {
        expect(first(seed, purpose)).toEqual(first(seed, purpose));
        expect(first(seed, purpose)).not.toEqual(first(`${seed}1`, purpose));
        expect(first(seed, purpose)).not.toEqual(first(seed, `${purpose}1`));
      }),
    );
  });

  it('are spread evenly over [0, 1)', () => {
    const values = drawn(seededRandom('1', 'spread'));
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values)).toBeLessThan(1);
    const tenths = new Array<number>(10).fill(0);
    for (const value of values) tenths[Math.floor(value * 10)]! += 1;
    // Chi-squared of ten boxes: 27.9 is passed once in a thousand.
    const expected = many / 10;
    expect(tenths.reduce((sum, seen) => sum + (seen - expected) ** 2 / expected, 0)).toBeLessThan(27.9);
  });

  it('make exponential and normal ones', () => {
    const random = seededRandom('1', 'shapes');
    const waits = drawn(() => exponential(random));
    expect(mean(waits)).toBeCloseTo(1, 1);
    expect(waits.filter((wait) => wait > 1).length / many).toBeCloseTo(Math.exp(-1), 1);
    const bell = drawn(() => gaussian(random));
    expect(mean(bell)).toBeCloseTo(0, 1);
    expect(mean(bell.map((value) => value ** 2))).toBeCloseTo(1, 1);
    expect(bell.filter((value) => Math.abs(value) < 1).length / many).toBeCloseTo(0.6827, 1);
  });
});
