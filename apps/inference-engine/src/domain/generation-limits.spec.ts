import { allotTokens, wishViolations } from './generation-limits.ts';
import { samplerSeed } from './seed.ts';

describe('allotTokens', () => {
  it('gives the default, cut to what the prompt leaves', () => {
    expect(allotTokens(10, 0, 1024)).toEqual({ kind: 'fits', maxTokens: 256 });
    expect(allotTokens(1000, 0, 1024)).toEqual({ kind: 'fits', maxTokens: 24 });
  });

  it('takes a number that fits to the last token, and refuses the next one', () => {
    expect(allotTokens(24, 1000, 1024)).toEqual({ kind: 'fits', maxTokens: 1000 });
    expect(allotTokens(24, 1001, 1024)).toEqual({
      kind: 'refused',
      violation: {
        field: 'stopping.max_tokens',
        description: "is 1001; with the prompt's 24 tokens the context of 1024 is exceeded, at most 1000 fit",
      },
    });
  });

  it('refuses a prompt that leaves no room', () => {
    expect(allotTokens(1024, 0, 1024)).toMatchObject({ violation: { field: 'prompt' } });
  });
});

describe('wishViolations', () => {
  it('names every field at fault', () => {
    const wishes = { temperature: -1, topP: 0, topK: 1.5, stop: ['', 'x'.repeat(257), 'fine'] };
    expect(wishViolations(wishes).map(({ field }) => field)).toEqual([
      'sampling.temperature',
      'sampling.top_p',
      'sampling.top_k',
      'stopping.stop[0]',
      'stopping.stop[1]',
    ]);
    expect(wishViolations({ temperature: Number.NaN })).toHaveLength(1);
    expect(wishViolations({})).toEqual([]);
  });
});

describe('samplerSeed', () => {
  it('folds every 64-bit seed below the number that means "draw one"', () => {
    for (const seed of [0n, 7n, 2n ** 32n - 2n]) expect(samplerSeed(seed)).toBe(Number(seed));
    expect(samplerSeed(2n ** 32n - 1n)).toBe(0);
    expect(samplerSeed(2n ** 64n - 1n)).toBeLessThan(2 ** 32 - 1);
  });
});
