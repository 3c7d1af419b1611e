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

  it('comes no nearer to one bound than to the other', () => {
    const share = new PromptShare({ batchTokens: 256, chunkTokens: 64 });
    expect(share.budget(1)).toBe(4);
    // A token costs 0.72 ms at best. 10 ms between batches of 20, 16.3 ms each, make the wait 2.6 times
    // as long and the prompt 1.8 times; 24 make the wait longer than 2.8, 16 the prompt more than 2.
    expect(run(share, 1, 10, (tokens) => 3 + tokens * (2 / 3))).toBe(16);
    // More who decode make longer steps; until one was seen, they are taken for the same.
    expect(share.budget(4)).toBe(16);
    expect(run(share, 4, 20, (tokens) => 3 + tokens * (2 / 3))).toBe(32);
  });

  it('starts with what was measured', () => {
    const prompts = [
      { tokens: 4, ms: 18.5 },
      { tokens: 5, ms: 19.5 },
      { tokens: 6, ms: 23.7 },
      { tokens: 8, ms: 30.5 },
      { tokens: 64, ms: 158 },
    ];
    const share = new PromptShare({ batchTokens: 256, chunkTokens: 64 }, { decodeMs: 10, prompts });
    // Kernels that take in five what four take: waits of 2.95 steps, a prompt in 2.4 times its time.
    expect(share.budget(1)).toBe(5);
    expect(share.budget(0)).toBe(256);
  });

  it('gives prompts all that a step holds where nobody decodes, or where they cost next to nothing', () => {
    const share = new PromptShare({ batchTokens: 250, chunkTokens: 64 });
    expect(share.budget(0)).toBe(250);
    expect(run(share, 2, 10, () => 10)).toBe(96);
  });

  it('always lets prompts go on', () => {
    const share = new PromptShare(
      { batchTokens: 256, chunkTokens: 64 },
      {
        decodeMs: 1,
        prompts: [{ tokens: 1, ms: 1_000 }],
      },
    );
    expect(share.budget(1)).toBeGreaterThanOrEqual(1);
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
