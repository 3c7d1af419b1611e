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

describe(epochOfZeroMs, () => {
  it.each([0, 1, 3])('is the same where the process is held up %i times between its looks', (times) => {
    expect(epochOfZeroMs(heldUp(times))).toBe(zeroEpochMs);
  });

  it('ends where it is held up each time', () => {
    expect(epochOfZeroMs(heldUp(Infinity))).toBe(zeroEpochMs + 40);
  });
});
