import { checkMetrics, type RecordedPoint } from '@ryzanstein/testing';
import { startTestCoordinator, until, type TestCoordinator } from './test/test-coordinator.ts';

let mesh: TestCoordinator;

afterEach(() => mesh.stop());

const ids = ['r-secret-1', 'r-secret-2', 'client-secret', 'holder', 'c1-1', 'c1-2'];
const as = (requestId: string) => ({ metadata: { 'x-request-id': requestId } });

async function points(name: string): Promise<readonly RecordedPoint[]> {
  const metrics = await mesh.tap.collect();
  expect(checkMetrics(metrics, ids)).toEqual([]);
  return metrics.find((metric) => metric.name === name)?.points ?? [];
}

it('tells of leases that are out, of who waits, and of how long it took', async () => {
  mesh = await startTestCoordinator();
  await mesh.engine('e1');
  expect(await points('ryzanstein.lease.active')).toMatchObject([
    { labels: { 'ryzanstein.gpu.id': 0 }, value: 0 },
  ]);
  const wish = (key: string) => mesh.wish(key, { clientId: 'client-secret' });
  const first = await mesh.client.Acquire(wish('k1'), as('r-secret-1'));
  const second = mesh.client.Acquire(wish('k2'), as('r-secret-2'));
  await until(() => mesh.control.waiting === 1);
  expect(await points('ryzanstein.lease.active')).toMatchObject([{ value: 1 }]);
  expect(await points('ryzanstein.lease.waiting')).toMatchObject([{ labels: {}, value: 1 }]);
  mesh.clock.advance(230);
  await mesh.client.Release({ holderId: 'holder', leaseId: first.leaseId });
  await second;

  const waited = (await mesh.recorder.whenIdle(7)).flatMap(({ kind, attributes }) =>
    kind === 'SERVER' ? (attributes['ryzanstein.lease.waited_ms'] ?? []) : [],
  );
  expect(waited).toEqual([0, 230]);
  const [granted, ...others] = await points('ryzanstein.lease.wait.duration');
  expect(others).toEqual([]);
  expect(granted).toMatchObject({
    labels: { 'ryzanstein.model': 'm', 'ryzanstein.lease.outcome': 'granted' },
    count: 2,
    value: 0.23,
    min: 0,
    max: 0.23,
  });
  expect(await points('ryzanstein.lease.waiting')).toMatchObject([{ value: 0 }]);
});

it('tells of those that got none, without what they asked for', async () => {
  mesh = await startTestCoordinator();
  await mesh.client.Acquire(mesh.wish('k1', { model: 'made-up-secret' })).catch(() => {});
  await mesh.engine('e1');
  await mesh.client.Acquire(mesh.wish('k2'));
  const abort = new AbortController();
  const waits = mesh.client.Acquire(mesh.wish('k3'), { signal: abort.signal }).catch(() => {});
  await until(() => mesh.control.waiting === 1);
  mesh.clock.advance(100);
  abort.abort();
  await waits;
  await until(() => mesh.control.waiting === 0);
  await mesh.recorder.whenIdle(7);
  expect(
    (await points('ryzanstein.lease.wait.duration')).map(({ labels, count, value }) => [
      labels,
      count,
      value,
    ]),
  ).toEqual([
    [{ 'ryzanstein.lease.outcome': 'refused' }, 1, 0],
    [{ 'ryzanstein.model': 'm', 'ryzanstein.lease.outcome': 'granted' }, 1, 0],
    [{ 'ryzanstein.lease.outcome': 'cancelled' }, 1, 0.1],
  ]);
});
