import { epochOfZeroMs, systemClock, type Clock } from './clock.ts';

const zeroEpochMs = 1_767_225_600_000;

/** A clock that stands still, but for being held up between two looks, `times` times. */
function heldUp(times: number): Clock {
  let nowMs = 250;
  let left = times;
  return {
    ...systemClock,
    monotonicMs: () => nowMs,
    epochMs() {
      if (left > 0) nowMs += 40;
      left -= 1;
      return zeroEpochMs + nowMs;
    },
  };
}

describe('systemClock', () => {
  const dateNow = Date.now;
  afterEach(() => {
    Date.now = dateNow;
  });

  it('follows a clock that is set, and keeps to it where the two stay close to the limit', () => {
    let setByMs = 0;
    Date.now = () => dateNow() + setByMs;
    const offMs = (): number => systemClock.epochMs() - systemClock.monotonicMs();
    const before = offMs();
    setByMs = 5_000;
    const after = offMs();
    expect(Math.abs(after - before - 5_000)).toBeLessThan(4);
    // From here on the whole milliseconds of the one jitter by less than the limit.
    for (const jitterMs of [1, 2, 0, 2]) {
      setByMs = 5_000 + jitterMs;
      expect(Math.abs(offMs() - after)).toBeLessThan(0.5);
    }
    setByMs = 0;
    expect(Math.abs(offMs() - before)).toBeLessThan(4);
  });
});

describe(epochOfZeroMs, () => {
  it.each([0, 1, 3])('is the same where the process is held up %i times between its looks', (times) => {
    expect(epochOfZeroMs(heldUp(times))).toBe(zeroEpochMs);
  });

  it('ends where it is held up each time', () => {
    expect(epochOfZeroMs(heldUp(Infinity))).toBe(zeroEpochMs + 40);
  });
});
