import { BatchCosts } from './batch-costs.ts';

describe('BatchCosts', () => {
  it('guesses until something is known', () => {
    const costs = new BatchCosts();
    expect(costs.largestWithin(1_000)).toBe(4);
    costs.learn(8, 10);
    expect(costs.largestWithin(undefined)).toBe(4);
  });

  it('estimates lengths not seen yet, a little below what their neighbours make likely', () => {
    const costs = new BatchCosts();
    costs.learn(16, 40);
    costs.learn(64, 100);
    // 8: 0.85 × 20; 24: 0.85 × 50; 48: 0.85 × 80; 96: 0.85 × 140.
    expect([16, 17, 39, 40, 42, 43, 67, 68, 99, 100, 118, 119].map((ms) => costs.largestWithin(ms))).toEqual([
      6, 8, 12, 16, 16, 24, 32, 48, 48, 64, 64, 96,
    ]);
  });

  it('never gives fewer than one token', () => {
    const costs = new BatchCosts();
    costs.learn(16, 1_000);
    expect(costs.largestWithin(1)).toBe(1);
  });

  it('finds the fewest tokens that do not slow a prompt down too much', () => {
    const costs = new BatchCosts();
    expect(costs.fewestWithin(2, 10)).toBe(1);
    for (const [tokens, ms] of [
      [4, 17],
      [6, 20],
      [8, 27],
      [64, 160],
    ] as const)
      costs.learn(tokens, ms);
    // A token costs 2.5 ms at best. With 10 ms between two batches: 6.75 in fours, 5 in sixes, 4.6 in eights.
    expect([1.8, 1.9, 2, 2.6, 2.7].map((factor) => costs.fewestWithin(factor, 10))).toEqual([12, 8, 6, 6, 4]);
  });

  it('tries a length again that looked dear once', () => {
    const costs = new BatchCosts();
    const ms: Record<number, number> = { 4: 100, 6: 130, 8: 150 };
    costs.learn(6, 130);
    costs.learn(8, 1_000);
    const sizes = Array.from({ length: 200 }, () => {
      const tokens = costs.largestWithin(160);
      costs.learn(tokens, ms[tokens] ?? tokens * 30);
      return tokens;
    });
    expect(sizes[10]).toBe(6);
    expect(sizes.slice(100).every((tokens) => tokens === 8)).toBe(true);
  });

  it('seldom tries again what is dear', () => {
    const costs = new BatchCosts();
    const ms: Record<number, number> = { 4: 100, 6: 115, 8: 150, 12: 220, 64: 900 };
    costs.learn(64, 900);
    const sizes = Array.from({ length: 1_000 }, () => {
      const tokens = costs.largestWithin(120);
      costs.learn(tokens, ms[tokens] ?? tokens * 30);
      return tokens;
    });
    expect(sizes.filter((tokens) => tokens === 6).length).toBeGreaterThan(970);
  });

  it('bounds the longer by the shorter, and the shorter by the longer', () => {
    const costs = new BatchCosts();
    costs.learn(32, 900);
    costs.learn(16, 20);
    expect(costs.largestWithin(40)).toBe(32);
    costs.learn(8, 500);
    costs.learn(64, 15);
    expect(costs.largestWithin(15)).toBe(64);
  });

  it('leaves lengths out that tell nothing, and hears little of a step that was held up', () => {
    const costs = new BatchCosts();
    costs.learn(17, 5);
    expect(costs.largestWithin(100)).toBe(4);
    costs.learn(16, 10);
    costs.learn(16, 10_000);
    expect(costs.largestWithin(12)).toBe(16);
  });
});
