import { BatchCosts } from './batch-costs.ts';

const at = (costs: BatchCosts, tokens: number): number | undefined =>
  costs.upTo(8_192).find((one) => one.tokens === tokens)?.ms;

describe('BatchCosts', () => {
  it('knows nothing until something is measured or learnt', () => {
    const costs = new BatchCosts();
    expect(costs.upTo(64)).toEqual([]);
    costs.learn({ tokens: 17, ms: 5 });
    expect(costs.upTo(64)).toEqual([]);
    costs.learn({ tokens: 16, ms: 40 });
    expect(costs.upTo(64).map(({ tokens }) => tokens)).toEqual([
      1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 16, 20, 24, 32, 48, 64,
    ]);
  });

  it('estimates lengths not seen from those that were', () => {
    const costs = new BatchCosts([
      { tokens: 16, ms: 40 },
      { tokens: 64, ms: 100 },
    ]);
    // In proportion below, between the neighbours, and somewhat less than in proportion above.
    expect([8, 16, 24, 32, 48, 64, 96, 128].map((tokens) => at(costs, tokens))).toEqual([
      20, 40, 50, 60, 80, 100, 140, 180,
    ]);
  });

  it('takes what makes one length dearer to make all so, and soon to be over', () => {
    const costs = new BatchCosts([
      { tokens: 8, ms: 20 },
      { tokens: 16, ms: 30 },
      { tokens: 64, ms: 80 },
    ]);
    for (let batch = 0; batch < 10; batch++) costs.learn({ tokens: 8, ms: 30 });
    expect(at(costs, 8)).toBeCloseTo(30, 0);
    // Most of it is taken to hold for the others, too: of 45 and 120.
    expect(at(costs, 16)).toBeGreaterThan(42);
    expect(at(costs, 64)).toBeGreaterThan(112);
    for (let batch = 0; batch < 12; batch++) costs.learn({ tokens: 8, ms: 20 });
    expect(at(costs, 64)).toBeLessThan(82);
  });

  it('learns slowly how the lengths compare', () => {
    const costs = new BatchCosts([
      { tokens: 8, ms: 20 },
      { tokens: 16, ms: 21 },
    ]);
    for (let batch = 0; batch < 400; batch++) {
      costs.learn({ tokens: 8, ms: 20 });
      costs.learn({ tokens: 16, ms: 40 });
    }
    expect((at(costs, 16) ?? 0) / (at(costs, 8) ?? 1)).toBeCloseTo(2, 1);
  });

  it('bounds the longer by the shorter, and the shorter by the longer', () => {
    const costs = new BatchCosts([
      { tokens: 8, ms: 500 },
      { tokens: 16, ms: 20 },
      { tokens: 32, ms: 900 },
    ]);
    costs.learn({ tokens: 16, ms: 20 });
    expect(at(costs, 32)).toBe(40);
    expect(at(costs, 8)).toBe(20);
  });

  it('hears little of a batch that was held up', () => {
    const costs = new BatchCosts([{ tokens: 16, ms: 10 }]);
    costs.learn({ tokens: 16, ms: 10_000 });
    expect(at(costs, 16)).toBeLessThan(13);
  });
});
