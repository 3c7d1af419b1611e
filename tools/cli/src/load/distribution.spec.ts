import fc from 'fast-check';
import { distributionOption } from './distribution.ts';
import { seededRandom } from './seeded-random.ts';

function drawn(text: string, count = 4_000): number[] {
  const { draw } = distributionOption(text);
  const random = seededRandom('7', text);
  return Array.from({ length: count }, () => draw(random)).sort((a, b) => a - b);
}

describe(distributionOption, () => {
  it.each(['20-200', '20:200', 'uniform:20,200'])('%p draws each count in between alike', (text) => {
    const values = drawn(text, 40_000);
    expect([values[0], values.at(-1)]).toEqual([20, 200]);
    expect(new Set(values).size).toBe(181);
    expect(values[20_000]! / 110).toBeCloseTo(1, 1);
  });

  it('draws nothing but a fixed count', () => {
    expect(new Set(drawn('64'))).toEqual(new Set([64]));
  });

  it('draws around a median, with a tail that may be cut', () => {
    const values = drawn('lognormal:64,0.8,256');
    expect(values[2_000]! / 64).toBeCloseTo(1, 1);
    // The median times e to the sigma has 84.1 % below it.
    expect(values[Math.floor(0.8413 * 4_000)]! / (64 * Math.exp(0.8))).toBeCloseTo(1, 0);
    expect([values[0]! >= 1, values.at(-1)]).toEqual([true, 256]);
    const free = drawn('exponential:64');
    expect(free.reduce((sum, value) => sum + value, 0) / free.length / 64).toBeCloseTo(1, 1);
    expect(drawn('exponential:64,100').at(-1)).toBe(100);
  });

  it('gives whole counts of 1 or more, whatever is asked for', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5_000 }),
        fc.integer({ min: 0, max: 5_000 }),
        fc.constantFrom('uniform', 'exponential', 'lognormal'),
        fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })),
        (least, more, name, numbers) => {
          const greatest = least + more;
          const values = {
            uniform: `${least},${greatest}`,
            exponential: `${least},${greatest}`,
            lognormal: `${least},1.5,${greatest}`,
          };
          const { draw } = distributionOption(`${name}:${values[name]}`);
          const value = draw(() => numbers.next().value as number);
          expect(Number.isInteger(value)).toBe(true);
          expect(value).toBeGreaterThanOrEqual(name === 'uniform' ? least : 1);
          expect(value).toBeLessThanOrEqual(greatest);
        },
      ),
    );
  });

  it.each([
    '',
    '0',
    '0-5',
    '9-5',
    '1.5',
    '-5',
    'uniform:5',
    'uniform:1.5,3',
    'zipf:3',
    'lognormal:64',
    'lognormal:0,1',
    'exponential:64,0',
    'exponential:64,',
    '2000000',
  ])('refuses %p', (text) => {
    expect(() => distributionOption(text)).toThrow('It must be a count');
  });
});
