import { PrefixMemory } from './prefix-memory.ts';

describe('PrefixMemory', () => {
  it('keeps four keys a slot, and forgets the one used longest ago', () => {
    const memory = new PrefixMemory();
    for (const key of ['a', 'b', 'c', 'd']) memory.use(key, 1);
    memory.use('a', 1);
    memory.use('e', 1);

    expect(['a', 'b', 'c', 'd', 'e'].filter((key) => memory.has(key))).toEqual(['a', 'c', 'd', 'e']);
    expect(memory.size).toBe(4);
  });

  it('knows nothing of the empty key', () => {
    const memory = new PrefixMemory();
    memory.use('', 8);

    expect([memory.has(''), memory.size]).toEqual([false, 0]);
  });
});
