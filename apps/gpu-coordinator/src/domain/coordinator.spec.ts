import { device, happened, MeshModel, meshWith, wish } from '../test/mesh-model.ts';

describe('granting', () => {
  it('grants at once while there is room, then in turn as leases end', () => {
    const mesh = meshWith(2);
    expect(['k1', 'k2', 'k3', 'k4'].map((key) => mesh.acquire(wish(key)))).toEqual([
      'granted',
      'granted',
      'waiting',
      'waiting',
    ]);
    mesh.advance(500);
    mesh.release(mesh.granted()[0]!);

    expect(happened(mesh, ['granted'])).toEqual(['k1 free_slot', 'k2 free_slot', 'k3 after_release']);
    const last = mesh.effects.findLast((effect) => effect.type === 'granted');
    expect(last).toMatchObject({ grant: { waitedMs: 500, queuePosition: 0, admittedBy: 'start1-1' } });
    expect([...mesh.waiting].map(({ position }) => position)).toEqual([1]);
  });

  it('names the leases that a waiter is behind, oldest first and at most eight', () => {
    const mesh = meshWith(9);
    for (let index = 1; index <= 10; index += 1) mesh.acquire(wish(`k${index}`));

    expect(mesh.effects.find((effect) => effect.type === 'queued')).toMatchObject({
      behind: [1, 2, 3, 4, 5, 6, 7, 8].map((number) => `start1-${number}`),
    });
  });

  it('spreads over devices by share of their slots, and leaves out avoided engines', () => {
    const mesh = meshWith(6);
    mesh.addEngine('e2', [device('d0', 4)]);
    for (const key of ['k1', 'k2', 'k3']) mesh.acquire(wish(key));
    mesh.acquire(wish('k4', { avoidEngineIds: ['e1'] }));

    expect(mesh.granted().map(({ place }) => place.engineId)).toEqual(['e1', 'e2', 'e1', 'e2']);
  });

  it('prefers a device whose KV cache is not promised already', () => {
    const mesh = new MeshModel();
    const load = { active: 0, queued: 0, kvTokensUsed: 0, memoryUsedBytes: 0, memoryTotalBytes: 0 };
    mesh.addEngine('e1', [
      { ...device('d0', 8), load: { ...load, kvTokensLimit: 1000 } },
      { ...device('d1', 8), load: { ...load, kvTokensLimit: 4000 } },
    ]);
    for (const key of ['k1', 'k2', 'k3']) mesh.acquire(wish(key, { kvTokens: 900 }));

    expect(mesh.granted().map(({ place }) => place.deviceId)).toEqual(['d0', 'd1', 'd1']);
  });

  it('keeps free slots for one that wants several, against a stream of small ones', () => {
    const mesh = meshWith(3);
    for (const key of ['k1', 'k2', 'k3']) mesh.acquire(wish(key));
    mesh.acquire(wish('big', { slots: 3, clientId: 'other' }));
    for (let index = 4; index <= 9; index += 1) mesh.acquire(wish(`k${index}`));
    // Two rounds of one slot each go to the other client before the third, which is big's.
    for (let released = 0; released < 5; released += 1) mesh.release(mesh.granted()[released]!);

    expect(happened(mesh, ['granted']).slice(3)).toEqual([
      'k4 after_release',
      'k5 after_release',
      'big after_release',
    ]);
  });

  it('lets the next go when one that held slots back leaves', () => {
    const mesh = meshWith(2);
    mesh.acquire(wish('k1'));
    mesh.acquire(wish('big', { slots: 2 }));
    mesh.acquire(wish('k2'));
    expect(mesh.waiting.size).toBe(2);
    mesh.leave([...mesh.waiting][0]!);

    expect(happened(mesh, ['granted'])).toEqual(['k1 free_slot', 'k2 after_leave']);
    expect(mesh.waiting.size).toBe(0);
  });

  it('does not let one model wait for another', () => {
    const mesh = meshWith(1);
    mesh.addEngine('e2', [device('d0', 1, 'n')]);
    mesh.acquire(wish('k1', { model: 'm' }));
    mesh.acquire(wish('k2', { model: 'm' }));

    expect(mesh.acquire(wish('k3', { model: 'n' }))).toBe('granted');
  });
});

describe('refusing', () => {
  it('says which models there are, and how many slots', () => {
    const mesh = meshWith(2);
    const { answer } = mesh.coordinator.acquire(wish('k1', { model: 'x' }), 0);

    expect(answer).toEqual({ kind: 'refused', refusal: { kind: 'no_model', models: ['m'] } });
    expect(mesh.acquire(wish('k2', { slots: 3 }))).toBe('too_many_slots');
    expect(mesh.acquire(wish('k3', { avoidEngineIds: ['e1'] }))).toBe('all_avoided');
  });

  it('refuses at once where no device is live', () => {
    const mesh = new MeshModel();
    expect(mesh.acquire(wish('k1'))).toBe('no_device');
    const engine = mesh.addEngine('e1', [device('d0', 1)]);
    mesh.cut(engine);

    expect(mesh.acquire(wish('k2'))).toBe('no_device');
  });

  it('bounds the queue', () => {
    const mesh = new MeshModel({ maxWaiting: 2 });
    mesh.addEngine('e1', [device('d0', 1)]);

    expect(['k1', 'k2', 'k3', 'k4'].map((key) => mesh.acquire(wish(key)))).toEqual([
      'granted',
      'waiting',
      'waiting',
      'queue_full',
    ]);
  });

  it('sends waiters away when it drains, and everybody who comes', () => {
    const mesh = meshWith(1);
    mesh.acquire(wish('k1'));
    mesh.acquire(wish('k2'));
    mesh.carryOut(mesh.coordinator.drain(0));

    expect(happened(mesh, ['refused'])).toEqual(['k2 draining']);
    expect(mesh.acquire(wish('k3'))).toBe('draining');
    expect(mesh.release(mesh.granted()[0]!).released).toBe(true);
  });
});

describe('idempotency', () => {
  it('gives a repeated request its lease again, and its place in the queue', () => {
    const mesh = meshWith(1);
    mesh.acquire(wish('k1'));
    mesh.acquire(wish('k1'));
    mesh.acquire(wish('k2'));
    mesh.acquire(wish('k2'));

    expect(mesh.granted()).toHaveLength(1);
    expect(mesh.waiting.size).toBe(1);
    expect(mesh.coordinator.waiting).toBe(1);
  });

  it('keeps holders apart that use the same key', () => {
    const mesh = meshWith(2);
    mesh.acquire(wish('k1'));
    mesh.acquire(wish('k1', { holderId: 'other' }));

    expect(new Set(mesh.granted().map(({ leaseId }) => leaseId)).size).toBe(2);
  });

  it('releases no lease of another holder', () => {
    const mesh = meshWith(1);
    mesh.acquire(wish('k1'));
    const [lease] = mesh.granted();
    for (const holderId of ['thief', '']) {
      const order = { leaseId: lease!.leaseId, idempotencyKey: '', holderId, outcome: 'done' };
      expect(mesh.carryOut(mesh.coordinator.release(order, 0)).released).toBe(false);
    }
    expect(mesh.coordinator.leases()).toHaveLength(1);
    expect(mesh.release(lease!).released).toBe(true);
  });

  it('refuses a key that has ended, for one TTL', () => {
    const mesh = meshWith(1);
    mesh.acquire(wish('k1'));
    const [lease] = mesh.granted();
    expect(mesh.release(lease!).released).toBe(true);
    expect(mesh.release(lease!).released).toBe(false);
    expect(mesh.acquire(wish('k1'))).toBe('key_ended');
    for (let second = 0; second < 10; second += 1) {
      mesh.advance(1_000);
      mesh.reportAll();
    }

    expect(mesh.acquire(wish('k1'))).toBe('granted');
  });

  it('releases by key: a lease, a waiter, or an Acquire that has yet to arrive', () => {
    const mesh = meshWith(1);
    const release = (idempotencyKey: string): boolean =>
      mesh.carryOut(
        mesh.coordinator.release({ leaseId: '', idempotencyKey, holderId: 'holder', outcome: 'raced' }, 0),
      ).released;
    mesh.acquire(wish('k1'));
    mesh.acquire(wish('k2'));

    expect([release('k2'), release('k1'), release('k1'), release('k3')]).toEqual([true, true, false, false]);
    expect(mesh.waiting.size).toBe(0);
    expect([mesh.acquire(wish('k3')), mesh.acquire(wish('k2'))]).toEqual(['key_ended', 'key_ended']);
  });

  it('drops a lease that its engine refused before it grants again, even for the same key', () => {
    const mesh = meshWith(1);
    mesh.acquire(wish('k1'));
    const [refused] = mesh.granted();
    mesh.acquire(wish('k1', { replacesLeaseIds: [refused!.leaseId] }));

    expect(mesh.granted()).toHaveLength(2);
    expect(mesh.coordinator.leased).toBe(1);
    expect(mesh.acquire(wish('k2', { holderId: 'thief', replacesLeaseIds: ['start1-2'] }))).toBe('waiting');
  });
});

describe('time', () => {
  it('revokes a lease that nobody renews, and says so to its engine', () => {
    const mesh = meshWith(1);
    const engine = mesh.engines.get('e1')!;
    mesh.acquire(wish('k1'));
    mesh.acquire(wish('k2'));
    const [lease] = mesh.granted();
    mesh.begin(lease!);
    for (let second = 0; second < 10; second += 1) {
      mesh.advance(1_000);
      mesh.reportAll();
    }

    expect(happened(mesh, ['revoked', 'granted'])).toEqual([
      'k1 free_slot',
      'start1-1 expired',
      'k2 after_expiry',
    ]);
    expect(engine.running.size).toBe(0);
    expect(mesh.begin(lease!)).toBe(false);
    mesh.report(engine);
    expect(engine.refused.size).toBe(0);
    // Nothing older is valid there, so the epoch alone refuses it now.
    expect(engine.minEpoch).toBeGreaterThan(lease!.epoch);
    expect(mesh.begin(lease!)).toBe(false);
    expect(mesh.begin(mesh.granted()[1]!)).toBe(true);
  });

  it('lets a lease live as long as its holder lists it', () => {
    const mesh = meshWith(1);
    mesh.acquire(wish('k1', { ttlMs: 1_000 }));
    for (let step = 0; step < 20; step += 1) {
      mesh.advance(900);
      mesh.reportAll();
      mesh.keepAlive();
    }
    expect(mesh.coordinator.leased).toBe(1);
    expect(mesh.coordinator.keepAlive('holder', [], mesh.nowMs).answer.nextWithinMs).toBe(3_000);
    mesh.advance(1_000);

    expect(mesh.coordinator.leased).toBe(0);
  });

  it('tells a holder what it has lost, and nobody renews what is not theirs', () => {
    const mesh = meshWith(2);
    mesh.acquire(wish('k1', { ttlMs: 1_500 }));
    mesh.acquire(wish('k2'));
    const [first, second] = mesh.granted();
    const listed = (lease: typeof first) => ({ ...lease!, engineId: 'e1', deviceId: 'd0' });

    expect(mesh.coordinator.keepAlive('holder', [listed(first), listed(second)], 0).answer).toEqual({
      lostLeaseIds: [],
      nextWithinMs: 500,
    });
    mesh.advance(1_500);
    const { answer } = mesh.coordinator.keepAlive('holder', [listed(first), listed(second)], mesh.nowMs);
    expect(answer.lostLeaseIds).toEqual([first!.leaseId]);
    const { answer: theirs } = mesh.coordinator.keepAlive('thief', [listed(second)], mesh.nowMs);
    expect(theirs.lostLeaseIds).toEqual([second!.leaseId]);
  });

  it('measures how long others waited behind a lease', () => {
    const mesh = meshWith(1);
    mesh.acquire(wish('k1'));
    mesh.advance(1_000);
    mesh.acquire(wish('k2'));
    mesh.advance(300);
    mesh.acquire(wish('k3'));
    mesh.advance(200);
    for (const waiter of mesh.waiting) mesh.leave(waiter);
    mesh.advance(400);

    expect(mesh.release(mesh.granted()[0]!).blockedMs).toBe(500);
  });
});
