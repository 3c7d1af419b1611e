import type { PromptMessage } from './domain/generation-request.ts';
import { prefixKey } from './prefix-key.ts';

const key = (messages: readonly PromptMessage[], model = 'm') => prefixKey(model, { kind: 'chat', messages });
const user = (content: string): PromptMessage => ({ role: 'user', content });
const system = (content: string): PromptMessage => ({ role: 'system', content });
const text = (content: string) => prefixKey('m', { kind: 'text', text: content });

describe('the prefix key', () => {
  it('is shared by the turns of one conversation', () => {
    const turns = [user('Who?'), { role: 'assistant', content: 'Me.' }, user('Why?')];

    expect(key(turns)).toBe(key(turns.slice(0, 1)));
    expect(key([user('Where?')])).not.toBe(key(turns));
  });

  it('is shared by requests with one system prompt, which counts far beyond 256 characters', () => {
    const long = 'x'.repeat(300);

    expect(key([system('Be brief.'), user('Who?')])).toBe(key([system('Be brief.'), user('Why?')]));
    expect(key([system(`${long}a`), user('Who?')])).not.toBe(key([system(`${long}b`), user('Who?')]));
    expect(key([user('Be brief.')])).not.toBe(key([system('Be brief.')]));
  });

  it('looks at the first 256 characters of a text', () => {
    const long = 'x'.repeat(256);

    expect(text(`${long}a`)).toBe(text(`${long}b`));
    expect(text(`${long.slice(1)}a`)).not.toBe(text(`${long.slice(1)}b`));
    expect(text('')).toBe('');
  });

  it('differs by model, and holds nothing of the prompt', () => {
    expect(key([user('secret')], 'n')).not.toBe(key([user('secret')]));
    expect(key([user('secret')])).toMatch(/^[\w-]{8}$/);
  });
});
