import { thisMoment, type Clocks } from './epoch-time.ts';

const originEpochMs = 1_767_225_600_000.25;

/** Clocks of which each look takes `lookMs`, and `heldUpMs` more before the wall clock's first answer. */
function clocks({ lookMs = 0, heldUpMs = 0, setByMs = 0 }): Clocks {
  let nowMs = 500.5;
  let held = heldUpMs;
  return {
    originEpochMs,
    monotonicMs() {
      nowMs += lookMs;
      return nowMs;
    },
    wallMs() {
      nowMs += lookMs + held;
      held = 0;
      return Math.floor(originEpochMs + nowMs + setByMs);
    },
  };
}

describe(thisMoment, () => {
  it('is one moment by both clocks', () => {
    expect(thisMoment(clocks({}))).toEqual({ monotonicMs: 500.5, epochMs: originEpochMs + 500.5 });
  });

  it('stays one moment where the process is held up between its looks', () => {
    const { monotonicMs, epochMs } = thisMoment(clocks({ heldUpMs: 40 }));
    expect(epochMs - monotonicMs).toBe(originEpochMs);
    expect(monotonicMs).toBe(540.5);
  });

  it('follows a clock that was set', () => {
    const { monotonicMs, epochMs } = thisMoment(clocks({ setByMs: 3_600_000 }));
    expect(epochMs - monotonicMs - originEpochMs).toBeCloseTo(3_600_000, -1);
  });

  it('ends on a machine where every look takes long', () => {
    expect(Number.isInteger(thisMoment(clocks({ lookMs: 5 })).epochMs)).toBe(true);
  });
});
