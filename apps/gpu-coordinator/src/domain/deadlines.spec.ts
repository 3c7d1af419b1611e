import fc from 'fast-check';

import { Deadlines } from './deadlines.ts';

describe('Deadlines', () => {
  it('gives keys in order of their last set time', () => {
    const deadlines = new Deadlines();
    deadlines.set('a', 10);
    deadlines.set('b', 20);
    deadlines.set('a', 30);
    deadlines.set('c', 40);
    deadlines.set('c', 5);

    expect(deadlines.nextMs()).toBe(5);
    expect(deadlines.takeDue(29)).toBe('c');
    expect(deadlines.takeDue(29)).toBe('b');
    expect(deadlines.takeDue(29)).toBeUndefined();
    expect(deadlines.nextMs()).toBe(30);
  });

  it('behaves as a sorted list, whatever is set, moved, deleted and taken', () => {
    const step = fc.oneof(
      fc.record({ op: fc.constant('set' as const), key: fc.integer({ min: 0, max: 5 }), at: fc.nat(50) }),
      fc.record({ op: fc.constant('delete' as const), key: fc.integer({ min: 0, max: 5 }) }),
      fc.record({ op: fc.constant('take' as const), at: fc.nat(50) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const deadlines = new Deadlines();
        const expected = new Map<string, number>();
        for (const one of steps) {
          if (one.op === 'set') {
            deadlines.set(`k${one.key}`, one.at);
            expected.set(`k${one.key}`, one.at);
          } else if (one.op === 'delete') {
            deadlines.delete(`k${one.key}`);
            expected.delete(`k${one.key}`);
          } else {
            const key = deadlines.takeDue(one.at);
            const earliest = Math.min(Infinity, ...expected.values());
            if (key === undefined) expect(earliest).toBeGreaterThan(one.at);
            else {
              expect(expected.get(key)).toBe(earliest);
              expected.delete(key);
            }
          }
          const earliest = Math.min(Infinity, ...expected.values());
          expect(deadlines.nextMs() ?? Infinity).toBe(earliest);
        }
      }),
    );
  });
});
