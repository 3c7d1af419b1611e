import { device, happened, MeshModel, meshWith, wish } from '../test/mesh-model.ts';
import { termOf } from './epoch.ts';

describe('engines', () => {
  it('keeps the number of a device over a restart of its engine, and ends what the old process ran', () => {
    const mesh = meshWith(1);
    mesh.addEngine('e2', [device('d0', 1), device('d1', 1)]);
    mesh.acquire(wish('k1', { avoidEngineIds: ['e1'] }));
    mesh.engines.delete('e2');
    mesh.addEngine('e2b', [device('d1', 1), device('d0', 1)], 'e2:1');

    expect(
      mesh.coordinator
        .devices()
        .map(({ device: { gpuId, engine, reported } }) => [gpuId, engine.engineId, reported.deviceId]),
    ).toEqual([
      [0, 'e1', 'd0'],
      [1, 'e2b', 'd0'],
      [2, 'e2b', 'd1'],
    ]);
    expect(happened(mesh, ['revoked'])).toEqual(['start1-1 engine_restarted']);
  });

  it('gives nothing to a draining engine, and lets what it has run on', () => {
    const mesh = meshWith(2);
    const engine = mesh.engines.get('e1')!;
    mesh.acquire(wish('k1'));
    engine.draining = true;
    mesh.report(engine);

    expect(mesh.acquire(wish('k2'))).toBe('no_device');
    expect(mesh.coordinator.leased).toBe(1);
    expect(mesh.coordinator.devices()[0]?.live).toBe(false);
  });

  it('loses an engine that falls silent', () => {
    const mesh = meshWith(1);
    mesh.acquire(wish('k1'));
    mesh.acquire(wish('k2'));
    mesh.advance(2_999);
    expect(happened(mesh, ['engine'])).toEqual(['e1 joined']);
    mesh.advance(1);

    expect(happened(mesh, ['engine', 'revoked', 'refused'])).toEqual([
      'e1 joined',
      'e1 lost',
      'start1-1 device_lost',
      'k2 no_device',
    ]);
  });

  it('waits the stale time for an engine whose stream ended, leases and waiters with it', () => {
    const mesh = meshWith(1);
    const engine = mesh.engines.get('e1')!;
    mesh.acquire(wish('k1'));
    mesh.acquire(wish('k2'));
    mesh.cut(engine);
    mesh.advance(2_000);
    mesh.report(engine);
    mesh.advance(2_000);
    expect(mesh.waiting.size).toBe(1);
    expect(mesh.coordinator.leased).toBe(1);
    mesh.cut(engine);
    mesh.advance(3_000);

    expect(happened(mesh, ['engine', 'revoked', 'refused'])).toEqual([
      'e1 joined',
      'e1 gone',
      'e1 rejoined',
      'e1 gone',
      'e1 lost',
      'start1-1 device_lost',
      'k2 no_device',
    ]);
  });

  it('tells waiters the truth when the last device with their model goes', () => {
    const mesh = meshWith(1);
    const other = mesh.addEngine('e2', [device('d0', 1, 'n')]);
    mesh.acquire(wish('k1', { model: 'n' }));
    mesh.acquire(wish('k2', { model: 'n' }));
    mesh.cut(other);
    mesh.advance(1_500);
    mesh.report(mesh.engines.get('e1')!);
    mesh.advance(1_500);

    expect(happened(mesh, ['refused'])).toEqual(['k2 no_model']);
  });

  it('admits waiters when a device joins or grows', () => {
    const mesh = meshWith(1);
    for (const key of ['k1', 'k2', 'k3']) mesh.acquire(wish(key));
    mesh.addEngine('e2', [device('d0', 1)]);
    const engine = mesh.engines.get('e1')!;
    engine.devices[0] = device('d0', 2);
    mesh.report(engine);

    expect(happened(mesh, ['granted'])).toEqual(['k1 free_slot', 'k2 device_joined', 'k3 device_joined']);
  });

  it('takes back the leases of a device that an engine no longer has', () => {
    const mesh = new MeshModel();
    const engine = mesh.addEngine('e1', [device('d0', 1), device('d1', 1)]);
    mesh.acquire(wish('k1'));
    mesh.acquire(wish('k2'));
    engine.devices.pop();
    mesh.report(engine);

    expect(happened(mesh, ['revoked'])).toEqual(['start1-2 device_lost']);
  });

  it('lets a newer stream of the same engine take over', () => {
    const mesh = meshWith(1);
    const engine = mesh.engines.get('e1')!;
    const before = engine.streamId!;
    mesh.acquire(wish('k1'));
    engine.streamId = undefined;
    mesh.report(engine);
    expect(mesh.effects.find((effect) => effect.type === 'superseded')).toMatchObject({ streamId: before });
    mesh.carryOut(mesh.coordinator.streamEnded(before, mesh.nowMs));

    expect(mesh.coordinator.devices()[0]?.live).toBe(true);
    expect(mesh.coordinator.leased).toBe(1);
  });
});

describe('a restarted coordinator', () => {
  function restarted(): MeshModel {
    const mesh = meshWith(3);
    for (const key of ['k1', 'k2', 'k3']) mesh.acquire(wish(key));
    for (const lease of mesh.granted().slice(0, 2)) mesh.begin(lease);
    mesh.restartCoordinator();
    return mesh;
  }

  it('takes a term above any that an engine knows, and grants there after one TTL', () => {
    const mesh = restarted();
    const engine = mesh.engines.get('e1')!;
    mesh.report(engine);
    mesh.addEngine('fresh', [device('d0', 1)]);
    expect(mesh.acquire(wish('n1'))).toBe('granted');
    expect(mesh.acquire(wish('n2'))).toBe('waiting');
    for (let second = 0; second < 10; second += 1) {
      mesh.advance(1_000);
      mesh.reportAll();
      mesh.keepAlive();
    }

    expect(happened(mesh, ['granted']).slice(3)).toEqual(['n1 free_slot']);
    mesh.release(mesh.granted()[2]!);
    expect(happened(mesh, ['granted']).slice(3)).toEqual(['n1 free_slot', 'n2 after_release']);
    const news = mesh.granted().slice(3);
    expect(news.map(({ place }) => place.engineId)).toEqual(['fresh', 'e1']);
    expect(news.map(({ epoch }) => termOf(epoch))).toEqual([2n, 2n]);
  });

  it('rebuilds leases from what engines run and holders list, in either order', () => {
    const mesh = restarted();
    mesh.keepAlive();
    expect(mesh.coordinator.leased).toBe(3);
    mesh.report(mesh.engines.get('e1')!);
    expect(mesh.coordinator.leased).toBe(3);
    expect(mesh.leasedOn('e1', 'd0')).toBe(3);

    const other = restarted();
    other.report(other.engines.get('e1')!);
    expect(other.coordinator.leased).toBe(2);
    other.keepAlive();
    expect(other.coordinator.leased).toBe(3);
    expect(other.coordinator.leases().map(({ holderId }) => holderId)).toEqual([
      'holder',
      'holder',
      'holder',
    ]);
  });

  it('lets what no holder lists expire, and tells the engine', () => {
    const mesh = restarted();
    const engine = mesh.engines.get('e1')!;
    mesh.held.clear();
    for (let second = 0; second <= 10; second += 1) {
      mesh.report(engine);
      mesh.advance(1_000);
    }

    expect(mesh.coordinator.leased).toBe(0);
    expect(engine.running.size).toBe(0);
    expect(happened(mesh, ['revoked'])).toEqual(['start1-1 expired', 'start1-2 expired']);
  });

  it('takes nothing over once the engine has settled', () => {
    const mesh = restarted();
    const engine = mesh.engines.get('e1')!;
    const late = mesh.granted()[2]!;
    for (let second = 0; second <= 10; second += 1) {
      mesh.report(engine);
      mesh.advance(1_000);
    }
    mesh.keepAlive();

    expect(mesh.held.has(late.leaseId)).toBe(false);
    expect(mesh.begin(late)).toBe(false);
  });

  it('does not bring back what was released before it was rebuilt', () => {
    const mesh = restarted();
    const [first] = mesh.granted();
    const order = { leaseId: first!.leaseId, idempotencyKey: '', holderId: 'holder', outcome: 'done' };
    mesh.carryOut(mesh.coordinator.release(order, mesh.nowMs));
    mesh.report(mesh.engines.get('e1')!);

    expect(mesh.coordinator.leases().map(({ leaseId }) => leaseId)).toEqual(['start1-2']);
  });
});
