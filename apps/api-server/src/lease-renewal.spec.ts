import { silentLogger } from '@ryzanstein/runtime';
import { FakeClock } from '@ryzanstein/testing';
import type { HeldLease } from './domain/lease-keeper.ts';
import { createLeaseRenewal } from './lease-renewal.ts';
import type { KeepAliveListener, KeepAliveStream } from './ports.ts';

interface OpenedStream extends KeepAliveStream {
  readonly listener: KeepAliveListener;
  readonly sent: string[];
  abandoned: boolean;
}

function setUp() {
  const clock = new FakeClock();
  const streams: OpenedStream[] = [];
  const coordinator = {
    keepAlive(listener: KeepAliveListener): KeepAliveStream {
      const stream: OpenedStream = {
        listener,
        sent: [],
        abandoned: false,
        send: (leases) => void stream.sent.push(leases.map(({ leaseId }) => leaseId).join()),
        abandon: () => void (stream.abandoned = true),
      };
      streams.push(stream);
      return stream;
    },
  };
  const renewal = createLeaseRenewal({ coordinator, clock, logger: silentLogger });
  return { clock, streams, renewal };
}

function lease(leaseId: string): HeldLease {
  return { leaseId, epoch: '1', engineId: 'e', deviceId: 'd', slots: 1, ttlMs: 10_000, clientId: 'c' };
}

describe('createLeaseRenewal', () => {
  it('lists what is held, in time, for as long as it is held', () => {
    const { clock, streams, renewal } = setUp();
    renewal.start();
    streams[0]?.listener.answered([], 3_000);
    const { drop } = renewal.hold(lease('a'));
    clock.advance(100);
    streams[0]?.listener.answered([], 3_000);
    clock.advance(3_000);
    streams[0]?.listener.answered([], 3_000);
    drop();
    clock.advance(100);
    expect(streams[0]?.sent).toEqual(['', 'a', 'a', '']);
    renewal.close();
    expect(clock.pendingTimers).toBe(0);
  });

  it('tells the holder of a lost lease, and no other', () => {
    const { streams, renewal } = setUp();
    renewal.start();
    const [a, b] = [renewal.hold(lease('a')), renewal.hold(lease('b'))];
    streams[0]?.listener.answered(['b'], 3_000);
    expect([a.lost.aborted, b.lost.aborted]).toEqual([false, true]);
    renewal.close();
  });

  it('opens another stream when one ends or falls silent, and hears nothing of the old one', () => {
    const { clock, streams, renewal } = setUp();
    renewal.start();
    const held = renewal.hold(lease('a'));
    streams[0]?.listener.closed(new Error('gone'));
    clock.advance(100);
    expect(streams[1]?.sent).toEqual(['a']);
    clock.advance(5_000);
    expect(streams[1]?.abandoned).toBe(true);
    expect(streams.length).toBeGreaterThan(2);
    streams[0]?.listener.answered(['a'], 3_000);
    streams[1]?.listener.answered(['a'], 3_000);
    expect(held.lost.aborted).toBe(false);
    renewal.close();
  });

  it('leaves nothing running once it is closed', () => {
    const { clock, streams, renewal } = setUp();
    renewal.start();
    const { drop } = renewal.hold(lease('a'));
    renewal.close();
    drop();
    streams[0]?.listener.closed(undefined);
    clock.advance(60_000);
    expect(streams).toHaveLength(1);
    expect(streams[0]?.abandoned).toBe(true);
    expect(clock.pendingTimers).toBe(0);
  });
});
