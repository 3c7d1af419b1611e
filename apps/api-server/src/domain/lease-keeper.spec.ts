import fc from 'fast-check';
import { createLeaseKeeper, leaseKeeperTimes, type HeldLease, type KeeperEffect } from './lease-keeper.ts';

const { coalesceMs, renewMs, answerMs, firstBackoffMs, longestBackoffMs } = leaseKeeperTimes;

function lease(leaseId: string): HeldLease {
  return { leaseId, epoch: '1', engineId: 'e', deviceId: 'd', slots: 1, ttlMs: 10_000, clientId: 'c' };
}

/** Effects as short words: `open`, `send:a,b`, `abandon`, `lost:a`. */
function words(effects: readonly KeeperEffect[]): string[] {
  return effects.map((effect) => {
    if (effect.kind === 'send') return `send:${effect.leases.map(({ leaseId }) => leaseId).join()}`;
    return effect.kind === 'lost' ? `lost:${effect.leaseIds.join()}` : effect.kind;
  });
}

function startedKeeper() {
  const keeper = createLeaseKeeper();
  expect(words(keeper.handle({ kind: 'woke' }, 0))).toEqual(['open', 'send:']);
  keeper.handle({ kind: 'answered', lostLeaseIds: [], nextWithinMs: 3_000 }, 0);
  return keeper;
}

describe('createLeaseKeeper', () => {
  it('sends the list within the time that the coordinator allows', () => {
    const keeper = startedKeeper();
    const dueMs = keeper.wakeAtMs ?? Infinity;
    expect(dueMs).toBeLessThan(3_000);
    expect(keeper.handle({ kind: 'woke' }, dueMs - 1)).toEqual([]);
    expect(words(keeper.handle({ kind: 'woke' }, dueMs))).toEqual(['send:']);
  });

  it('gathers changes into one list', () => {
    const keeper = startedKeeper();
    keeper.handle({ kind: 'held', lease: lease('a') }, 10);
    keeper.handle({ kind: 'held', lease: lease('b') }, 30);
    expect(keeper.wakeAtMs).toBe(10 + coalesceMs);
    expect(words(keeper.handle({ kind: 'woke' }, 10 + coalesceMs))).toEqual(['send:a,b']);
  });

  it('sends nothing for a lease that came and went in between', () => {
    const keeper = startedKeeper();
    const dueMs = keeper.wakeAtMs;
    keeper.handle({ kind: 'held', lease: lease('a') }, 10);
    keeper.handle({ kind: 'dropped', leaseId: 'a' }, 20);
    expect(keeper.wakeAtMs).toBe(dueMs);
    expect(keeper.handle({ kind: 'woke' }, 10 + coalesceMs)).toEqual([]);
  });

  it('reports only leases that it holds as lost, each once', () => {
    const keeper = startedKeeper();
    keeper.handle({ kind: 'held', lease: lease('a') }, 0);
    const answer = { kind: 'answered', lostLeaseIds: ['a', 'stranger'], nextWithinMs: 3_000 } as const;
    expect(words(keeper.handle(answer, 10))).toEqual(['lost:a']);
    expect(keeper.handle(answer, 20)).toEqual([]);
    expect(keeper.held.size).toBe(0);
  });

  it('opens the stream again after growing pauses, keeps all leases, and lists them first', () => {
    const keeper = startedKeeper();
    keeper.handle({ kind: 'held', lease: lease('a') }, 0);
    let nowMs = 100;
    const pauses: number[] = [];
    for (let attempt = 0; attempt < 7; attempt += 1) {
      keeper.handle({ kind: 'closed' }, nowMs);
      const dueMs = keeper.wakeAtMs ?? Infinity;
      pauses.push(dueMs - nowMs);
      expect(keeper.handle({ kind: 'woke' }, dueMs - 1)).toEqual([]);
      expect(words(keeper.handle({ kind: 'woke' }, dueMs))).toEqual(['open', 'send:a']);
      nowMs = dueMs;
    }
    expect(pauses).toEqual([100, 200, 400, 800, 1_600, longestBackoffMs, longestBackoffMs]);
    keeper.handle({ kind: 'answered', lostLeaseIds: [], nextWithinMs: 3_000 }, nowMs);
    keeper.handle({ kind: 'closed' }, nowMs);
    expect((keeper.wakeAtMs ?? Infinity) - nowMs).toBe(firstBackoffMs);
  });

  it('gives up a stream on which nothing is answered', () => {
    const keeper = createLeaseKeeper();
    keeper.handle({ kind: 'woke' }, 0);
    expect(words(keeper.handle({ kind: 'woke' }, renewMs))).toEqual(['send:']);
    expect(words(keeper.handle({ kind: 'woke' }, answerMs))).toEqual(['abandon']);
    expect(words(keeper.handle({ kind: 'woke' }, answerMs + firstBackoffMs))).toEqual(['open', 'send:']);
  });

  it('reconnects well inside the life of a lease, even after a stream that died silently', () => {
    const leaseTtlMs = 10_000;
    expect(renewMs + answerMs + longestBackoffMs).toBeLessThan(leaseTtlMs);
  });

  it('acts at the very time that it named, whatever the fractions', () => {
    const keeper = createLeaseKeeper();
    keeper.handle({ kind: 'woke' }, 0);
    keeper.handle({ kind: 'answered', lostLeaseIds: [], nextWithinMs: 2_058 }, 0);
    const sentAtMs = keeper.wakeAtMs ?? NaN;
    keeper.handle({ kind: 'woke' }, sentAtMs);
    keeper.handle({ kind: 'woke' }, keeper.wakeAtMs ?? NaN);
    const deadAtMs = sentAtMs + leaseKeeperTimes.answerMs;
    while ((keeper.wakeAtMs ?? NaN) < deadAtMs) keeper.handle({ kind: 'woke' }, keeper.wakeAtMs ?? NaN);
    expect(keeper.handle({ kind: 'woke' }, deadAtMs)).toEqual([{ kind: 'abandon' }]);
  });

  it('always has a time to wake, holds exactly what it should, and sends exactly that', () => {
    const id = fc.constantFrom('a', 'b', 'c', 'd');
    const event = fc.oneof(
      fc.record({ kind: fc.constant('held' as const), lease: id.map(lease) }),
      fc.record({ kind: fc.constant('dropped' as const), leaseId: id }),
      fc.record({
        kind: fc.constant('answered' as const),
        lostLeaseIds: fc.uniqueArray(id),
        nextWithinMs: fc.integer({ min: 0, max: 3_000 }),
      }),
      fc.constant({ kind: 'closed' as const }),
      fc.constant({ kind: 'woke' as const }),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(event, fc.integer({ min: 0, max: 4_000 }))), (steps) => {
        const keeper = createLeaseKeeper();
        const model = new Set<string>();
        let open = false;
        let nowMs = 0;
        const perform = (effects: readonly KeeperEffect[]): void => {
          for (const effect of effects) {
            if (effect.kind === 'open') {
              expect(open).toBe(false);
              open = true;
            } else if (effect.kind === 'abandon') {
              expect(open).toBe(true);
              open = false;
            } else if (effect.kind === 'send') {
              expect(open).toBe(true);
              expect(new Set(effect.leases.map(({ leaseId }) => leaseId))).toEqual(model);
            } else {
              for (const leaseId of effect.leaseIds) expect(model.delete(leaseId)).toBe(true);
            }
          }
        };
        perform(keeper.handle({ kind: 'woke' }, nowMs));
        for (const [step, laterMs] of steps) {
          nowMs += laterMs;
          if (step.kind === 'closed') open = false;
          if (step.kind === 'held') model.add(step.lease.leaseId);
          if (step.kind === 'dropped') model.delete(step.leaseId);
          perform(keeper.handle(step, nowMs));
          expect(new Set(keeper.held.keys())).toEqual(model);
          expect(keeper.wakeAtMs).toBeLessThanOrEqual(nowMs + 3_000);
          // Waking at its own word never leaves it silent for good.
          const due = Math.max(nowMs, keeper.wakeAtMs ?? Infinity);
          nowMs = due;
          perform(keeper.handle({ kind: 'woke' }, nowMs));
          expect(keeper.wakeAtMs).toBeGreaterThan(nowMs);
        }
      }),
    );
  });
});
