import type { RpcError } from '@ryzanstein/rpc';
import type { TestCoordinator } from './test/test-coordinator.ts';
import { startTestCoordinator, until } from './test/test-coordinator.ts';

let mesh: TestCoordinator;

beforeEach(async () => {
  mesh = await startTestCoordinator();
});

afterEach(() => mesh.stop());

/** Resolves to the error of a call, or throws where it has none. */
function failure(call: Promise<unknown>): Promise<RpcError> {
  return call.then(
    () => {
      throw new Error('the call did not fail');
    },
    (error: RpcError) => error,
  );
}

const waiting = (count: number) => () => mesh.control.waiting === count;

describe('Acquire', () => {
  it('grants at once where there is room, with all that a holder must know', async () => {
    await mesh.engine('e1');

    expect(await mesh.client.Acquire(mesh.wish('k1', { model: 'm' }))).toEqual({
      leaseId: 'c1-1',
      epoch: String((1n << 32n) + 1n),
      gpuId: 0,
      deviceId: 'd0',
      gpuKind: 'cpu',
      gpuName: 'CPU',
      engineId: 'e1',
      engineAddress: 'e1:1',
      model: 'm',
      slots: 1,
      ttlMs: 10_000,
      waitedUs: '0',
      queuePosition: 0,
      reason: 'free_slot',
    });
  });

  it('waits for a release', async () => {
    await mesh.engine('e1');
    const { leaseId } = await mesh.client.Acquire(mesh.wish('k1'));
    const second = mesh.client.Acquire(mesh.wish('k2'));
    await until(waiting(1));
    mesh.clock.advance(250);
    await mesh.client.Release({ holderId: 'holder', leaseId, outcome: 'done' });

    expect(await second).toMatchObject({ waitedUs: '250000', reason: 'after_release', queuePosition: 0 });
  });

  it('names every bad field', async () => {
    const error = await failure(mesh.client.Acquire({ priority: 10, holderId: 'h' }));

    expect(error.code).toBe('INVALID_ARGUMENT');
    expect(error.violations.map(({ field }) => field)).toEqual(['client_id', 'idempotency_key', 'priority']);
  });

  it('says what is wrong where it cannot serve', async () => {
    expect(await failure(mesh.client.Acquire(mesh.wish('k0')))).toMatchObject({
      code: 'UNAVAILABLE',
      retryAfterMs: 1_000,
    });
    await mesh.engine('e1');
    expect(await failure(mesh.client.Acquire(mesh.wish('k1', { model: 'x' })))).toMatchObject({
      code: 'NOT_FOUND',
      message: 'No device has the model "x"; there are: m.',
    });
    expect(await failure(mesh.client.Acquire(mesh.wish('k2', { slots: 5 })))).toMatchObject({
      code: 'INVALID_ARGUMENT',
      violations: [{ field: 'slots', description: 'is 5, more than any device has (1)' }],
    });
    expect(await failure(mesh.client.Acquire(mesh.wish('k3', { avoidEngineIds: ['e1'] })))).toMatchObject({
      code: 'UNAVAILABLE',
    });
  });

  it('leaves nothing behind when its caller cancels while it waits', async () => {
    await mesh.engine('e1');
    const { leaseId } = await mesh.client.Acquire(mesh.wish('k1'));
    const cancelling = new AbortController();
    const second = failure(mesh.client.Acquire(mesh.wish('k2'), { signal: cancelling.signal }));
    await until(waiting(1));
    cancelling.abort();

    expect((await second).code).toBe('CANCELLED');
    await until(waiting(0));
    await mesh.client.Release({ holderId: 'holder', leaseId });
    expect(mesh.control.leased).toBe(0);
  });

  it('leaves nothing behind when its deadline passes while it waits', async () => {
    await mesh.engine('e1');
    await mesh.client.Acquire(mesh.wish('k1'));

    expect((await failure(mesh.client.Acquire(mesh.wish('k2'), { timeoutMs: 50 }))).code).toBe(
      'DEADLINE_EXCEEDED',
    );
    await until(waiting(0));
    expect(mesh.control.leased).toBe(1);
  });

  it('lets two calls with one key wait together, and keeps waiting for the one that stays', async () => {
    await mesh.engine('e1');
    const { leaseId } = await mesh.client.Acquire(mesh.wish('k1'));
    const cancelling = new AbortController();
    const gone = failure(mesh.client.Acquire(mesh.wish('k2'), { signal: cancelling.signal }));
    await until(waiting(1));
    const stays = mesh.client.Acquire(mesh.wish('k2'));
    const third = mesh.client.Acquire(mesh.wish('k3'));
    await until(waiting(2));
    cancelling.abort();
    await gone;
    await mesh.client.Release({ holderId: 'holder', leaseId });
    const lease = await stays;
    expect(lease.leaseId).toBe('c1-2');
    expect(await mesh.client.Acquire(mesh.wish('k2'))).toMatchObject({ leaseId: 'c1-2', reason: 'same_key' });
    await mesh.client.Release({ holderId: 'holder', leaseId: lease.leaseId });
    await third;
  });

  it('fails waiters when the last device is gone for the stale time', async () => {
    const engine = await mesh.engine('e1');
    await mesh.client.Acquire(mesh.wish('k1'));
    const second = failure(mesh.client.Acquire(mesh.wish('k2')));
    await until(waiting(1));
    engine.cut();
    await until(() => mesh.control.devices()[0]?.live === false);
    mesh.clock.advance(2_999);
    expect(mesh.control.waiting).toBe(1);
    mesh.clock.advance(1);

    expect(await second).toMatchObject({ code: 'UNAVAILABLE', retryAfterMs: 1_000 });
    expect(mesh.control.leased).toBe(0);
  });

  it('sends waiters away on a drain', async () => {
    await mesh.engine('e1');
    await mesh.client.Acquire(mesh.wish('k1'));
    const second = failure(mesh.client.Acquire(mesh.wish('k2')));
    await until(waiting(1));
    mesh.control.drain();

    expect(await second).toMatchObject({ code: 'UNAVAILABLE', retryAfterMs: 1_000 });
  });
});

describe('Release', () => {
  it('is idempotent, and tells how long others waited', async () => {
    await mesh.engine('e1');
    const { leaseId } = await mesh.client.Acquire(mesh.wish('k1'));
    const second = mesh.client.Acquire(mesh.wish('k2'));
    await until(waiting(1));
    mesh.clock.advance(40);

    expect(await mesh.client.Release({ holderId: 'holder', leaseId })).toEqual({
      released: true,
      blockedMs: 40,
    });
    expect(await mesh.client.Release({ holderId: 'holder', leaseId })).toEqual({
      released: false,
      blockedMs: 0,
    });
    await second;
  });

  it('by key takes back a waiter, and refuses an Acquire that comes after it', async () => {
    await mesh.engine('e1');
    await mesh.client.Acquire(mesh.wish('k1'));
    const second = failure(mesh.client.Acquire(mesh.wish('k2')));
    await until(waiting(1));
    const byKey = (idempotencyKey: string) => mesh.client.Release({ idempotencyKey, holderId: 'holder' });

    expect((await byKey('k2')).released).toBe(true);
    expect((await second).code).toBe('CANCELLED');
    expect((await byKey('k3')).released).toBe(false);
    expect((await failure(mesh.client.Acquire(mesh.wish('k3')))).code).toBe('CANCELLED');
    expect((await failure(mesh.client.Release({}))).code).toBe('INVALID_ARGUMENT');
  });
});

describe('KeepAlive', () => {
  it('renews what it lists and names what is lost', async () => {
    const engine = await mesh.engine('e1');
    const { leaseId } = await mesh.client.Acquire(mesh.wish('k1', { ttlMs: 3_000 }));
    const stream = mesh.client.KeepAlive();
    const answers = stream[Symbol.asyncIterator]();
    const beat = async () => {
      await stream.send({ holderId: 'holder', leases: [{ leaseId, ttlMs: 3_000 }] });
      return (await answers.next()).value;
    };
    expect(await beat()).toEqual({ lostLeaseIds: [], nextWithinMs: 1_000 });
    for (let second = 0; second < 5; second += 1) {
      mesh.clock.advance(1_000);
      await beat();
      await engine.report();
    }
    expect(mesh.control.leased).toBe(1);
    mesh.clock.advance(3_000);
    expect(await beat()).toEqual({ lostLeaseIds: [leaseId], nextWithinMs: 3_000 });
    stream.end();
    expect((await answers.next()).done).toBe(true);
  });
});

describe('ReportDevices', () => {
  it('answers the first report at once, and tells of revoked leases', async () => {
    const engine = await mesh.engine('e1');
    expect(engine.orders).toEqual([
      { minEpoch: String((1n << 32n) + 1n), revokedLeaseIds: [], gpuIds: { d0: 0 } },
    ]);
    const { leaseId, epoch } = await mesh.client.Acquire(mesh.wish('k1', { ttlMs: 2_000 }));
    await engine.report({ running: [{ leaseId, epoch, deviceId: 'd0', slots: 1 }], highestEpoch: epoch });
    mesh.clock.advance(2_000);
    await until(() => engine.orders.length === 2);
    expect(engine.orders[1]).toMatchObject({
      revokedLeaseIds: [leaseId],
      minEpoch: String(BigInt(epoch) + 1n),
    });
    await engine.report({ highestEpoch: epoch });
    await until(() => engine.orders.length === 3);

    expect(engine.orders[2]?.revokedLeaseIds).toEqual([]);
  });

  it('refuses what cannot be: two devices of one name, a last term, another engine on the same stream', async () => {
    const device = { deviceId: 'd0', model: 'm', slots: 1, capacity: 1 };
    const reports = [
      { devices: [device, device] },
      { highestEpoch: String(0xffff_ffffn << 32n) },
      { engineId: 'other', devices: [device] },
    ];
    for (const report of reports) {
      const engine = await mesh.engine('e1');
      await engine.send(report);
      expect((await engine.ended)?.code).toBe('INVALID_ARGUMENT');
    }
  });

  it('ends the stream that another takes over from', async () => {
    const first = await mesh.engine('e1');
    await mesh.client.Acquire(mesh.wish('k1'));
    await mesh.engine('e1');

    expect((await first.ended)?.code).toBe('ABORTED');
    expect(mesh.control.leased).toBe(1);
  });

  it('waits one TTL before it grants on an engine that knows an earlier term', async () => {
    const engine = await mesh.engine('e1', {}, { highestEpoch: String((7n << 32n) + 5n) });
    expect(engine.orders[0]?.minEpoch).toBe('0');
    const lease = mesh.client.Acquire(mesh.wish('k1'));
    await until(waiting(1));
    for (let second = 0; second < 10; second += 1) {
      await engine.report({ highestEpoch: String((7n << 32n) + 5n) });
      mesh.clock.advance(1_000);
    }

    expect(await lease).toMatchObject({ epoch: String((8n << 32n) + 1n), reason: 'after_restart' });
  });

  it('rebuilds a lease that an engine runs and a holder lists', async () => {
    const epoch = String((7n << 32n) + 5n);
    const running = [{ leaseId: 'old-5', epoch, deviceId: 'd0', slots: 1 }];
    await mesh.engine('e1', {}, { highestEpoch: epoch, running });
    const stream = mesh.client.KeepAlive();
    await stream.send({
      holderId: 'holder',
      leases: [
        { leaseId: 'old-5', epoch, engineId: 'e1', deviceId: 'd0', slots: 1, clientId: 'client' },
        { leaseId: 'old-4', epoch, engineId: 'gone', deviceId: 'd0', slots: 1 },
      ],
    });
    for await (const answer of stream) {
      // The other engine may still come back.
      expect(answer.lostLeaseIds).toEqual([]);
      break;
    }

    expect(mesh.control.devices()[0]?.leased).toBe(1);
    expect((await mesh.client.Release({ holderId: 'holder', leaseId: 'old-5' })).released).toBe(true);
  });
});

describe('ListDevices', () => {
  it('shows devices live and stale, with what is leased, and who waits', async () => {
    const load = { active: 1, queued: 0, kvTokensUsed: '10', kvTokensLimit: '512', memoryTotalBytes: '0' };
    const engine = await mesh.engine('e1', { load });
    await mesh.client.Acquire(mesh.wish('k1'));
    void failure(mesh.client.Acquire(mesh.wish('k2')));
    await until(waiting(1));
    const { devices, waiting: count } = await mesh.client.ListDevices({});
    expect(count).toBe(1);
    expect(devices).toMatchObject([
      {
        gpuId: 0,
        engineId: 'e1',
        engineAddress: 'e1:1',
        live: true,
        leased: 1,
        device: { deviceId: 'd0', load },
      },
    ]);
    engine.cut();
    await until(() => mesh.control.devices()[0]?.live === false);

    expect((await mesh.client.ListDevices({})).devices).toMatchObject([{ gpuId: 0, live: false }]);
  });
});

describe('WatchLeases', () => {
  it('tells what is held, then every change, with the request behind it', async () => {
    await mesh.engine('e1');
    const requestId = (id: string) => ({ metadata: { 'x-request-id': id } });
    const { leaseId } = await mesh.client.Acquire(mesh.wish('k1', { ttlMs: 2_000 }), requestId('r1'));
    const { events } = mesh.watch();
    await until(() => events.length === 1);
    const cancelling = new AbortController();
    const gone = failure(
      mesh.client.Acquire(mesh.wish('k2'), { ...requestId('r2'), signal: cancelling.signal }),
    );
    await until(waiting(1));
    cancelling.abort();
    await gone;
    await until(waiting(0));
    const third = mesh.client.Acquire(mesh.wish('k3', { ttlMs: 2_000 }), requestId('r3'));
    await until(waiting(1));
    await mesh.client.Release({ holderId: 'holder', leaseId, outcome: 'done' });
    await third;
    mesh.clock.advance(2_000);
    await until(() => events.length === 7);

    expect(
      events.map(({ kind, leaseId: id, requestId: request, reason }) => [kind, id, request, reason]),
    ).toEqual([
      ['KIND_HELD', 'c1-1', 'r1', ''],
      ['KIND_WAITING', '', 'r2', ''],
      ['KIND_LEFT', '', 'r2', 'cancelled'],
      ['KIND_WAITING', '', 'r3', ''],
      ['KIND_RELEASED', 'c1-1', 'r1', 'done'],
      ['KIND_GRANTED', 'c1-2', 'r3', 'after_release'],
      ['KIND_REVOKED', 'c1-2', 'r3', 'expired'],
    ]);
  });

  it('forgets a watcher that leaves', async () => {
    await mesh.engine('e1');
    const { events, stream } = mesh.watch();
    await mesh.client.Acquire(mesh.wish('k1'));
    await until(() => events.length === 1);
    stream.cancel();
    const { leaseId } = await mesh.client.Acquire(mesh.wish('k1'));

    expect((await mesh.client.Release({ holderId: 'holder', leaseId })).released).toBe(true);
    expect(events).toHaveLength(1);
  });
});

describe('the log', () => {
  it('has one line for a grant and one for its end by time, with the request id', async () => {
    await mesh.engine('e1');
    await mesh.client.Acquire(mesh.wish('k1', { ttlMs: 2_000 }), { metadata: { 'x-request-id': 'r1' } });
    mesh.clock.advance(2_000);

    const ofLeases = mesh.logs.filter(({ message }) => message.startsWith('lease'));
    expect(
      ofLeases.map(({ level, message, fields }) => [level, message, fields['request_id'], fields['reason']]),
    ).toEqual([
      ['info', 'lease granted', 'r1', 'free_slot'],
      ['warn', 'lease revoked', 'r1', 'expired'],
    ]);
  });
});
