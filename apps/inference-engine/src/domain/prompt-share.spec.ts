import { PromptShare } from './prompt-share.ts';

const prompt = (remaining: number): { remaining: number; skipped: number } => ({ remaining, skipped: 0 });

describe('PromptShare', () => {
  it('lets a step with prompts take about three times as long as one without', () => {
    const share = new PromptShare({ batchTokens: 256, chunkTokens: 64 });
    expect(share.budget(1)).toBe(16);
    for (let step = 0; step < 50; step++) {
      share.learn({ ms: 10, decodes: 1, promptTokens: 0 });
      const promptTokens = share.budget(1);
      share.learn({ ms: 10 + 0.8 * promptTokens, decodes: 1, promptTokens });
    }
    expect(share.budget(1)).toBe(25);
    // More who decode make longer steps; until one was seen, they are taken for the same.
    expect(share.budget(4)).toBe(25);
    for (let step = 0; step < 50; step++) share.learn({ ms: 20, decodes: 4, promptTokens: 0 });
    expect(share.budget(4)).toBe(50);
  });

  it('gives prompts all that a step holds where nobody decodes, or where they cost nothing', () => {
    const share = new PromptShare({ batchTokens: 256, chunkTokens: 64 });
    expect(share.budget(0)).toBe(256);
    for (let step = 0; step < 50; step++) {
      share.learn({ ms: 10, decodes: 2, promptTokens: 0 });
      share.learn({ ms: 10, decodes: 2, promptTokens: share.budget(2) });
    }
    expect(share.budget(2)).toBe(254);
  });

  it('always lets prompts go on, and forgets a step that the machine held up', () => {
    const share = new PromptShare({ batchTokens: 256, chunkTokens: 64 });
    share.learn({ ms: 1, decodes: 1, promptTokens: 0 });
    share.learn({ ms: 500, decodes: 1, promptTokens: 4 });
    expect(share.budget(1)).toBe(8);
    for (let step = 0; step < 50; step++) share.learn({ ms: 1.8, decodes: 1, promptTokens: 8 });
    expect(share.budget(1)).toBeGreaterThanOrEqual(9);
  });

  it('reads the shortest first, and one that was left out four times before it', () => {
    const share = new PromptShare({ batchTokens: 16, chunkTokens: 16 });
    const long = prompt(400);
    const chosen: string[] = [];
    for (let step = 0; step < 10; step++) {
      const short = prompt(16);
      let left = 16;
      for (const one of share.order([long, short])) {
        const chunk = share.chunk(one, left);
        left -= chunk;
        if (chunk > 0) chosen.push(one === long ? 'long' : 'short');
      }
    }
    expect(chosen.join(' ')).toBe('short short short short long short short short short long');
  });
});
