import { runSlice } from './workload.ts';

describe(runSlice, () => {
  it('counts the tokens of all requests, and the first token of each', async () => {
    let running = 0;
    let most = 0;
    const slice = { streams: 4, requests: 3, maxTokens: 8, kind: 'text', prompts: ['a', 'b'] } as const;
    const result = await runSlice(slice, async (_prompt, { maxTokens }, onFirstToken) => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      onFirstToken();
      onFirstToken();
      running--;
      return maxTokens;
    });
    expect(result.tokens).toBe(4 * 3 * 8);
    expect(result.firstTokenMs).toHaveLength(12);
    expect(most).toBe(4);
  });
});
