import { estimateKvTokens } from './generation-request.ts';

describe('estimateKvTokens', () => {
  it('counts prompt and completion together', () => {
    const prompt = { kind: 'text', text: 'x'.repeat(30) } as const;
    expect(estimateKvTokens({ model: '', prompt, stop: [], maxTokens: 20 })).toBe(30);
    expect(estimateKvTokens({ model: '', prompt, stop: [] })).toBe(10 + 256);
  });

  it('counts what a chat template adds to each message', () => {
    const messages = [
      { role: 'system', content: '' },
      { role: 'user', content: 'abc' },
    ];
    expect(estimateKvTokens({ model: '', prompt: { kind: 'chat', messages }, stop: [], maxTokens: 1 })).toBe(
      10,
    );
  });

  it('stays within the context of the model', () => {
    const prompt = { kind: 'text', text: 'x'.repeat(9_000) } as const;
    expect(estimateKvTokens({ model: '', prompt, stop: [] }, 512)).toBe(512);
  });
});
