import { FakeClock } from '@ryzanstein/testing';
import { poissonArrivals } from './arrivals.ts';
import { closedLoop, openLoop, type LoadLimits, type LoopDeps } from './load-loops.ts';
import { seededRandom } from './seeded-random.ts';

const unlimited: LoadLimits = { durationMs: Infinity, requests: Infinity };

/** A service that takes so long for each request, one after the other where `serial`. */
function slowService(clock: FakeClock, takesMs: number, serial = false) {
  const calls: { intendedMs: number; sentMs: number; endMs: number }[] = [];
  let freeAtMs = 0;
  const stop = new AbortController();
  const deps: LoopDeps = {
    clock,
    stop: stop.signal,
    send: (intendedMs) =>
      new Promise((resolve) => {
        const sentMs = clock.monotonicMs();
        freeAtMs = (serial ? Math.max(freeAtMs, sentMs) : sentMs) + takesMs;
        clock.after(freeAtMs - sentMs, () => {
          calls.push({ intendedMs, sentMs, endMs: clock.monotonicMs() });
          resolve();
        });
      }),
  };
  return { calls, deps, stop };
}

function offerOf(arrivals: readonly number[], maxInFlight = Infinity) {
  const notSent: number[] = [];
  return {
    notSent,
    offer: { arrivals: arrivals.values(), maxInFlight, notSent: (at: number) => void notSent.push(at) },
  };
}

describe(openLoop, () => {
  it('sends at the times of the arrivals, though no answer has come', async () => {
    const clock = new FakeClock();
    const { calls, deps } = slowService(clock, 10_000);
    const done = openLoop(offerOf([10, 20, 50]).offer, unlimited, deps);
    await clock.advanceAsync(20_000);
    expect(await done).toBe(50);
    expect(calls.map(({ sentMs }) => sentMs)).toEqual([10, 20, 50]);
  });

  it('shows the queue of a service that cannot keep up, as it was computed by hand', async () => {
    // Each takes 100 ms, ten a second; twenty a second arrive. The n-th ends at 100 n, 50 n after it came.
    const clock = new FakeClock();
    const { calls, deps } = slowService(clock, 100, true);
    const arrivals = Array.from({ length: 40 }, (_, index) => (index + 1) * 50);
    const done = openLoop(offerOf(arrivals).offer, unlimited, deps);
    await clock.advanceAsync(10_000);
    await done;
    const waits = calls.map(({ intendedMs, endMs }) => endMs - intendedMs);
    expect(waits).toEqual(arrivals.map((_, index) => 100 + index * 50));
    expect(waits.at(-1)).toBe(2_050);
  });

  it('counts what is sent late from when it was to be sent', async () => {
    const clock = new FakeClock();
    const { calls, deps } = slowService(clock, 5);
    const done = openLoop(offerOf([10, 20, 30]).offer, unlimited, deps);
    // No promise settles in one long step: the process stands still.
    clock.advance(110);
    await clock.advanceAsync(1_000);
    await done;
    expect(calls).toEqual([
      { intendedMs: 10, sentMs: 110, endMs: 115 },
      { intendedMs: 20, sentMs: 110, endMs: 115 },
      { intendedMs: 30, sentMs: 110, endMs: 115 },
    ]);
  });

  it('tells of every request that it may not send', async () => {
    const clock = new FakeClock();
    const { calls, deps } = slowService(clock, 100);
    const { offer, notSent } = offerOf([10, 20, 30, 40, 150], 2);
    const done = openLoop(offer, unlimited, deps);
    await clock.advanceAsync(1_000);
    await done;
    expect(calls.map(({ intendedMs }) => intendedMs)).toEqual([10, 20, 150]);
    expect(notSent).toEqual([30, 40]);
  });

  it.each([
    [{ durationMs: 1_000, requests: Infinity }, 1_000],
    [{ durationMs: Infinity, requests: 5 }, 'last arrival'],
    [{ durationMs: 1_000, requests: 5 }, 'last arrival'],
  ])('ends at its limits %p', async (limits, offeredMs) => {
    const clock = new FakeClock();
    const { calls, deps } = slowService(clock, 30);
    const due = poissonArrivals(20, seededRandom('1', 'arrivals')).take(200).toArray();
    const done = openLoop(offerOf(due).offer, limits, deps);
    await clock.advanceAsync(20_000);
    const wanted = due.filter((at) => at <= limits.durationMs).slice(0, limits.requests);
    expect(await done).toBe(offeredMs === 'last arrival' ? wanted.at(-1) : offeredMs);
    expect(calls.map(({ intendedMs }) => intendedMs)).toEqual(wanted);
  });

  it('ends early when it is stopped, with what is under way', async () => {
    const clock = new FakeClock();
    const { calls, deps, stop } = slowService(clock, 50);
    const done = openLoop(offerOf([10, 20, 500]).offer, unlimited, deps);
    await clock.advanceAsync(30);
    stop.abort();
    await clock.advanceAsync(60);
    expect(await done).toBe(30);
    expect(calls).toHaveLength(2);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe(closedLoop, () => {
  it('keeps so many under way, each following the one that ended', async () => {
    const clock = new FakeClock();
    const { calls, deps } = slowService(clock, 100);
    const done = closedLoop(3, { durationMs: Infinity, requests: 7 }, deps);
    await clock.advanceAsync(1_000);
    expect(await done).toBe(300);
    expect(calls.map(({ sentMs }) => sentMs)).toEqual([0, 0, 0, 100, 100, 100, 200]);
  });

  it('begins none after its time, and waits for those that began', async () => {
    const clock = new FakeClock();
    const { calls, deps } = slowService(clock, 100);
    const done = closedLoop(2, { durationMs: 250, requests: Infinity }, deps);
    await clock.advanceAsync(1_000);
    expect(await done).toBe(250);
    expect(calls.map(({ endMs }) => endMs)).toEqual([100, 100, 200, 200, 300, 300]);
  });

  it('ends early when it is stopped', async () => {
    const clock = new FakeClock();
    const { calls, deps, stop } = slowService(clock, 100);
    const done = closedLoop(2, unlimited, deps);
    await clock.advanceAsync(150);
    stop.abort();
    await clock.advanceAsync(100);
    await done;
    expect(calls).toHaveLength(4);
  });
});
