import { checkConventions, expectTree } from '@ryzanstein/testing';
import type { RecordedSpan } from '@ryzanstein/testing';
import type { RpcError } from '@ryzanstein/rpc';
import type { TestCoordinator } from './test/test-coordinator.ts';
import { startTestCoordinator, until } from './test/test-coordinator.ts';

const acquireName = 'ryzanstein.gpu.v1.GpuCoordinator/Acquire';
const releaseName = 'ryzanstein.gpu.v1.GpuCoordinator/Release';

let mesh: TestCoordinator;

afterEach(async () => {
  // Whatever a test did, all of it was named as the registry has it.
  expect(checkConventions(mesh.recorder.spans)).toEqual([]);
  await mesh.stop();
});

function byRequest(
  spans: readonly RecordedSpan[],
  name: string,
  kind: string,
  requestId: string,
): RecordedSpan {
  const span = spans.find(
    (one) => one.name === name && one.kind === kind && one.attributes['request.id'] === requestId,
  );
  if (span === undefined) throw new Error(`no ${kind} ${name} of ${requestId}`);
  return span;
}

const as = (requestId: string) => ({ metadata: { 'x-request-id': requestId } });
const waiting = (count: number) => () => mesh.control.waiting === count;

it('names in the span of a Release the lease that it gives back, also one that has run out', async () => {
  mesh = await startTestCoordinator();
  await mesh.engine('e1');
  const { leaseId } = await mesh.client.Acquire({ ...mesh.wish('k1'), ttlMs: 1_000 });
  mesh.clock.advance(1_001);
  expect(mesh.control.devices()).toMatchObject([{ leased: 0 }]);
  const order = { holderId: 'holder', leaseId, outcome: 'done' };
  expect(await mesh.client.Release(order, as('r1'))).toMatchObject({ released: false });
  const spans = await mesh.recorder.whenIdle(4);
  expect(byRequest(spans, releaseName, 'SERVER', 'r1').attributes).toMatchObject({
    'ryzanstein.lease.id': leaseId,
  });
});

describe('the trace of an Acquire', () => {
  it('has the lease and the device, and no wait where there was none', async () => {
    mesh = await startTestCoordinator();
    await mesh.engine('e1');
    await mesh.client.Acquire(mesh.wish('k1'), as('r1'));

    expectTree(await mesh.recorder.whenIdle(2)).toEqual({
      name: acquireName,
      kind: 'CLIENT',
      children: [
        {
          name: acquireName,
          kind: 'SERVER',
          attributes: {
            'request.id': 'r1',
            'ryzanstein.lease.id': 'c1-1',
            'ryzanstein.lease.epoch': 2 ** 32 + 1,
            'ryzanstein.lease.waited_ms': 0,
            'ryzanstein.lease.queue_position': 0,
            'ryzanstein.lease.outcome': 'granted',
            'ryzanstein.lease.reason': 'free_slot',
            'ryzanstein.gpu.id': 0,
            'ryzanstein.gpu.kind': 'cpu',
            'ryzanstein.gpu.name': 'CPU',
            'ryzanstein.placement.reason': 'only_device',
            'ryzanstein.placement.candidates': 1,
          },
        },
      ],
    });
  });

  it('shows the wait, links to who held the slots, and marks the one who made room', async () => {
    mesh = await startTestCoordinator();
    await mesh.engine('e1', { capacity: 2 });
    const first = await mesh.client.Acquire(mesh.wish('k1'), as('r1'));
    await mesh.client.Acquire(mesh.wish('k2'), as('r2'));
    const third = mesh.client.Acquire(mesh.wish('k3'), as('r3'));
    await until(waiting(1));
    mesh.clock.advance(230);
    await mesh.client.Release({ holderId: 'holder', leaseId: first.leaseId, outcome: 'done' }, as('r1'));
    await third;
    const spans = await mesh.recorder.whenIdle(9);

    const server = byRequest(spans, acquireName, 'SERVER', 'r3');
    const wait = byRequest(spans, 'gpu.lease.wait', 'INTERNAL', 'r3');
    expect(wait.parentSpanId).toBe(server.spanId);
    expect(wait.status).toBe('UNSET');
    expect(wait.endEpochMs - wait.startEpochMs).toBeCloseTo(230, 3);
    for (const span of [server, wait])
      expect(span.attributes).toMatchObject({
        'ryzanstein.lease.id': 'c1-3',
        'ryzanstein.lease.waited_ms': 230,
        'ryzanstein.lease.outcome': 'granted',
        'ryzanstein.lease.reason': 'after_release',
        'ryzanstein.gpu.id': 0,
      });
    const holder = (requestId: string) => byRequest(spans, acquireName, 'SERVER', requestId);
    expect(wait.links).toEqual([
      {
        traceId: holder('r1').traceId,
        spanId: holder('r1').spanId,
        attributes: { 'ryzanstein.lease.id': 'c1-1', 'request.id': 'r1', 'ryzanstein.link.released': true },
      },
      {
        traceId: holder('r2').traceId,
        spanId: holder('r2').spanId,
        attributes: { 'ryzanstein.lease.id': 'c1-2', 'request.id': 'r2' },
      },
    ]);
    expect(byRequest(spans, releaseName, 'SERVER', 'r1').attributes).toMatchObject({
      'ryzanstein.lease.id': 'c1-1',
      'ryzanstein.lease.blocked_ms': 230,
      'ryzanstein.lease.outcome': 'done',
    });
  });

  it('links to eight at most, the one who made room among them', async () => {
    mesh = await startTestCoordinator();
    await mesh.engine('e1', { capacity: 10 });
    for (let index = 1; index <= 10; index += 1) await mesh.client.Acquire(mesh.wish(`k${index}`));
    const last = mesh.client.Acquire(mesh.wish('k11'));
    await until(waiting(1));
    await mesh.client.Release({ holderId: 'holder', leaseId: 'c1-10' });
    await last;
    const wait = (await mesh.recorder.whenIdle(25)).find(({ name }) => name === 'gpu.lease.wait');

    expect(wait?.links).toHaveLength(8);
    expect(wait?.links[0]?.attributes).toMatchObject({
      'ryzanstein.lease.id': 'c1-10',
      'ryzanstein.link.released': true,
    });
  });

  const endings = [
    {
      how: 'cancelled',
      status: 'UNSET',
      errorType: undefined,
      end: (abort: AbortController) => abort.abort(),
      timeoutMs: undefined,
    },
    { how: 'expired', status: 'ERROR', errorType: 'DEADLINE_EXCEEDED', end: () => {}, timeoutMs: 60 },
    {
      how: 'refused',
      status: 'ERROR',
      errorType: 'UNAVAILABLE',
      end: () => mesh.control.drain(),
      timeoutMs: undefined,
    },
  ] as const;
  for (const { how, status, errorType, end, timeoutMs } of endings) {
    it(`ends the wait of one that is ${how}`, async () => {
      mesh = await startTestCoordinator();
      await mesh.engine('e1');
      await mesh.client.Acquire(mesh.wish('k1'), as('r1'));
      const abort = new AbortController();
      const options = {
        ...as('r2'),
        signal: abort.signal,
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
      };
      const second = mesh.client.Acquire(mesh.wish('k2'), options).catch((error: RpcError) => error.code);
      await until(waiting(1));
      mesh.clock.advance(100);
      end(abort);
      await second;
      const spans = await mesh.recorder.whenIdle(5);

      const server = byRequest(spans, acquireName, 'SERVER', 'r2');
      const wait = byRequest(spans, 'gpu.lease.wait', 'INTERNAL', 'r2');
      expect(wait.status).toBe(status);
      expect(wait.attributes['error.type']).toBe(errorType);
      expect(wait.endEpochMs - wait.startEpochMs).toBeCloseTo(100, 3);
      expect(wait.parentSpanId).toBe(server.spanId);
      expect(wait.links).toHaveLength(1);
      for (const span of [server, wait])
        expect(span.attributes).toMatchObject({
          'ryzanstein.lease.outcome': how,
          'ryzanstein.lease.queue_position': 0,
          'ryzanstein.lease.waited_ms': expect.any(Number),
        });
      expect(server.attributes['ryzanstein.lease.id']).toBeUndefined();
    });
  }

  it('says why a lease was refused at once', async () => {
    mesh = await startTestCoordinator();
    await mesh.client.Acquire(mesh.wish('k1'), as('r1')).catch(() => {});
    const spans = await mesh.recorder.whenIdle(2);

    expect(spans.map(({ name }) => name)).toEqual([acquireName, acquireName]);
    expect(byRequest(spans, acquireName, 'SERVER', 'r1').attributes).toMatchObject({
      'ryzanstein.lease.outcome': 'refused',
      'ryzanstein.lease.reason': 'no_device',
    });
  });

  it('shows a planted delay as time waited, and gives the lease back if the caller leaves meanwhile', async () => {
    mesh = await startTestCoordinator({ grantDelayMs: 150 });
    await mesh.engine('e1');
    const first = mesh.client.Acquire(mesh.wish('k1'), as('r1'));
    await until(() => mesh.control.leased === 1);
    mesh.clock.advance(150);
    await mesh.client.Release({ holderId: 'holder', leaseId: (await first).leaseId }, as('r1'));
    const abort = new AbortController();
    const second = mesh.client
      .Acquire(mesh.wish('k2'), { ...as('r2'), signal: abort.signal })
      .catch(() => {});
    await until(() => mesh.control.leased === 1);
    abort.abort();
    await second;
    await until(() => mesh.control.leased === 0);
    const spans = await mesh.recorder.whenIdle(8);

    const waits = spans.filter(({ name }) => name === 'gpu.lease.wait');
    expect(waits.map(({ attributes }) => attributes['ryzanstein.lease.outcome'])).toEqual([
      'granted',
      'cancelled',
    ]);
    expect(waits[0]!.endEpochMs - waits[0]!.startEpochMs).toBeCloseTo(150, 3);
  });

  it('makes no span for the long-lived streams', async () => {
    mesh = await startTestCoordinator();
    const engine = await mesh.engine('e1');
    await engine.report();
    mesh.watch();
    const stream = mesh.client.KeepAlive();
    await stream.send({ holderId: 'holder' });
    await stream[Symbol.asyncIterator]().next();
    await mesh.client.ListDevices({});

    expect((await mesh.recorder.whenIdle(2)).map(({ name }) => name.split('/')[1])).toEqual([
      'ListDevices',
      'ListDevices',
    ]);
  });
});
