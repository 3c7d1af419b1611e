import { PromptShare } from './prompt-share.ts';

const prompt = (remaining: number): { remaining: number; skipped: number } => ({ remaining, skipped: 0 });

describe('PromptShare', () => {
  /** A machine on which a decode takes `decodeMs`, and a batch of a prompt `promptMs` of its tokens. */
  const run = (
    share: PromptShare,
    decodes: number,
    decodeMs: number,
    promptMs: (tokens: number) => number,
  ): number => {
    for (let step = 0; step < 50; step++) {
      share.learn({ ms: decodeMs, decodes, prompts: 0, promptTokens: 0 });
      const promptTokens = share.budget(decodes);
      share.learn({ ms: promptMs(promptTokens), decodes: 0, prompts: 1, promptTokens });
    }
    return share.budget(decodes);
  };

  it('lets a reader wait about three times as long as usual while a prompt is read', () => {
    const share = new PromptShare({ batchTokens: 256, chunkTokens: 64 });
    expect(share.budget(1)).toBe(4);
    // 24 tokens take 19 ms; 32 take more than the 20 that are left.
    expect(run(share, 1, 10, (tokens) => 3 + tokens * (2 / 3))).toBe(24);
    // More who decode make longer steps; until one was seen, they are taken for the same.
    expect(share.budget(4)).toBe(24);
    expect(run(share, 4, 20, (tokens) => 3 + tokens * (2 / 3))).toBe(48);
  });

  it('gives prompts all that a step holds where nobody decodes, or where they cost next to nothing', () => {
    const share = new PromptShare({ batchTokens: 250, chunkTokens: 64 });
    expect(share.budget(0)).toBe(250);
    expect(run(share, 2, 10, () => 10)).toBe(250);
  });

  it('always lets prompts go on, and forgets a step that the machine held up', () => {
    const share = new PromptShare({ batchTokens: 256, chunkTokens: 64 });
    expect(run(share, 1, 1, (tokens) => tokens)).toBe(2);
    for (const promptTokens of [16, 32]) share.learn({ ms: 500, decodes: 0, prompts: 1, promptTokens });
    expect(run(share, 1, 1, (tokens) => tokens / 16)).toBe(32);
  });

  it('rather stretches the wait than slow a prompt down to a crawl', () => {
    const share = new PromptShare({ batchTokens: 256, chunkTokens: 64 });
    share.learn({ ms: 160, decodes: 0, prompts: 1, promptTokens: 64 });
    // Kernels that gain from length alone: two decodes' time reads three tokens, at four times the price.
    expect(run(share, 1, 10, (tokens) => 14 + 2.2 * tokens)).toBe(8);
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
