import fc from 'fast-check';
import { createConcurrencyLimit } from './concurrency-limit.ts';

describe('createConcurrencyLimit', () => {
  it('gives out no more places than there are, and each again once it is left', () => {
    const limit = createConcurrencyLimit(2);
    const leaveFirst = limit.tryEnter();
    expect(limit.tryEnter()).toBeDefined();
    expect(limit.tryEnter()).toBeUndefined();
    leaveFirst?.();
    expect(limit.tryEnter()).toBeDefined();
    expect(limit.inFlight).toBe(2);
  });

  it('counts right whatever is entered and left, however often', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.integer({ min: -1, max: 20 })),
        (places, steps) => {
          const limit = createConcurrencyLimit(places);
          const inside = new Set<number>();
          const leavers: (() => void)[] = [];
          for (const step of steps) {
            if (step < 0) {
              const leave = limit.tryEnter();
              expect(leave === undefined).toBe(inside.size === places);
              if (leave === undefined) continue;
              inside.add(leavers.length);
              leavers.push(leave);
            } else if (step < leavers.length) {
              leavers[step]?.();
              inside.delete(step);
            }
            expect(limit.inFlight).toBe(inside.size);
          }
        },
      ),
    );
  });
});
