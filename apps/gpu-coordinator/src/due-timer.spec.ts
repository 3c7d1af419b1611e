import { FakeClock } from '@ryzanstein/testing';
import { DueTimer } from './due-timer.ts';

describe('DueTimer', () => {
  function timerOn(clock: FakeClock, stoodStillMs: () => number = () => 0) {
    const happened: string[] = [];
    const due = new Set<number>();
    const now = () => clock.monotonicMs() + stoodStillMs();
    const timer = new DueTimer({
      clock: { monotonicMs: now, epochMs: now, after: (delayMs, callback) => clock.after(delayMs, callback) },
      nextDueMs: () => (due.size === 0 ? undefined : Math.min(...due)),
      due() {
        for (const atMs of due) if (atMs <= now()) due.delete(atMs);
        happened.push(`due at ${now()}`);
      },
      stalled: (lateMs) => void happened.push(`${lateMs} late at ${now()}`),
    });
    const add = (atMs: number) => {
      due.add(atMs);
      timer.update();
    };
    return { timer, happened, add };
  }

  it('calls at each moment, though an earlier one is added later', () => {
    const clock = new FakeClock();
    const { happened, add } = timerOn(clock);
    add(500);
    add(200);
    add(900);
    clock.advance(1_000);

    expect(happened).toEqual(['due at 200', 'due at 500', 'due at 900']);
    expect(clock.pendingTimers).toBe(0);
  });

  it('lets nothing end for a while after the process stood still', () => {
    const clock = new FakeClock();
    let stoodStillMs = 0;
    const { happened, add } = timerOn(clock, () => stoodStillMs);
    add(500);
    clock.advance(100);
    stoodStillMs = 20_000;
    clock.advance(10_000);

    expect(happened).toEqual(['20000 late at 20500', 'due at 23500']);
  });

  it('sets no timer once it is closed', () => {
    const clock = new FakeClock();
    const { timer, add } = timerOn(clock);
    add(500);
    timer.close();
    add(100);

    expect(clock.pendingTimers).toBe(0);
  });
});
