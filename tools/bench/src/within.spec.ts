import { within } from './within.ts';

describe(within, () => {
  it('gives what came in time, errors included', async () => {
    expect(await within(60_000, 'an answer', Promise.resolve(7))).toBe(7);
    await expect(within(60_000, 'an answer', Promise.reject(new Error('no')))).rejects.toThrow('no');
  });

  it('names what did not come', async () => {
    await expect(within(1, 'an answer', new Promise(() => {}))).rejects.toThrow(
      'an answer: nothing within 0.001 s',
    );
  });
});
