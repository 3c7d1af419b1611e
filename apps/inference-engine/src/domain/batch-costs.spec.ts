import { BatchCosts } from './batch-costs.ts';

describe('BatchCosts', () => {
  it('guesses until something is known', () => {
    const costs = new BatchCosts();
    expect(costs.largestWithin(1_000)).toBe(16);
    costs.learn(8, 10);
    expect(costs.largestWithin(undefined)).toBe(16);
  });

  it('estimates lengths between the known ones, below them in proportion, and above a little less', () => {
    const costs = new BatchCosts();
    costs.learn(16, 40);
    costs.learn(64, 100);
    expect([19, 20, 39, 40, 59, 60, 99, 100, 139, 140].map((ms) => costs.largestWithin(ms))).toEqual([
      8, 8, 8, 16, 24, 32, 48, 64, 64, 96,
    ]);
  });

  it('never gives fewer than eight tokens', () => {
    const costs = new BatchCosts();
    costs.learn(16, 1_000);
    expect(costs.largestWithin(1)).toBe(8);
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
    expect(costs.largestWithin(100)).toBe(16);
    costs.learn(16, 10);
    costs.learn(16, 10_000);
    expect(costs.largestWithin(16)).toBe(16);
  });
});
