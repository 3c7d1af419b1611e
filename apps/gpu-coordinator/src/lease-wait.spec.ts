import { checkConventions } from '@ryzanstein/testing';
import type { RecordedSpan } from '@ryzanstein/testing';
import { untraced } from '@ryzanstein/tracing';
import type { TestCoordinator } from './test/test-coordinator.ts';
import { startTestCoordinator, until } from './test/test-coordinator.ts';

let mesh: TestCoordinator;

afterEach(async () => {
  expect(checkConventions(mesh.recorder.spans)).toEqual([]);
  await mesh.stop();
});

const as = (requestId: string) => ({ metadata: { 'x-request-id': requestId } });

const acquire = (number: number, over: { model?: string; signal?: AbortSignal } = {}) => {
  const { signal, ...wish } = over;
  return mesh.client.Acquire(mesh.wish(`k${number}`, wish), {
    ...as(`r${number}`),
    ...(signal === undefined ? {} : { signal }),
  });
};

const release = (number: number) =>
  mesh.client.Release({ holderId: 'holder', leaseId: `c1-${number}`, outcome: 'done' }, as(`r${number}`));

/** Sends the Acquires one after the other, so that they queue in this order. */
async function queue(numbers: readonly number[]): Promise<Promise<unknown>[]> {
  const waiters: Promise<unknown>[] = [];
  for (const number of numbers) {
    waiters.push(acquire(number));
    await until(() => mesh.control.waiting === waiters.length);
  }
  return waiters;
}

function span(name: string, requestId: string, kind = name.includes('.wait') ? 'INTERNAL' : 'SERVER') {
  const found = mesh.recorder.spans.find(
    (one) => one.name.endsWith(name) && one.kind === kind && one.attributes['request.id'] === requestId,
  );
  if (found === undefined) throw new Error(`no ${kind} ${name} of ${requestId}`);
  return found;
}

/** What the spans of a waiting request say of others: who was before it, who let it in, and the links. */
function told(requestId: string) {
  const wait = span('gpu.lease.wait', requestId);
  const of = ({ attributes }: RecordedSpan) => ({
    behind: attributes['ryzanstein.lease.behind'],
    releasedBy: attributes['ryzanstein.lease.released_by'],
  });
  expect(of(span('Acquire', requestId))).toEqual(of(wait));
  const links = wait.links.map(({ traceId, spanId, attributes }) => {
    const holder = String(attributes['request.id']);
    const target = span('Acquire', holder);
    expect([traceId, spanId]).toEqual([target.traceId, target.spanId]);
    expect(attributes['ryzanstein.lease.id']).toBe(target.attributes['ryzanstein.lease.id']);
    return attributes['ryzanstein.link.released'] === true ? `${holder} released` : holder;
  });
  return { ...of(wait), links };
}

function blockedBy(requestId: string) {
  const { attributes } = span('Release', requestId);
  return [
    attributes['ryzanstein.lease.blocked_count'],
    attributes['ryzanstein.lease.blocked_requests'],
    attributes['ryzanstein.lease.blocked_ms'],
  ];
}

describe('who a request waited for', () => {
  it('is named on the wait and on its Acquire, and the Release names who waited', async () => {
    mesh = await startTestCoordinator();
    await mesh.engine('e1', { capacity: 2 });
    await acquire(1);
    await acquire(2);
    const waiters = await queue([3, 4]);
    mesh.clock.advance(40);
    await release(2);
    await waiters[0];
    mesh.clock.advance(60);
    await release(1);
    await waiters[1];
    await release(3);
    await mesh.recorder.whenIdle(16);

    expect(told('r3')).toEqual({ behind: ['r1', 'r2'], releasedBy: 'r2', links: ['r2 released', 'r1'] });
    expect(told('r4')).toEqual({ behind: ['r1', 'r2'], releasedBy: 'r1', links: ['r1 released', 'r2'] });
    expect(blockedBy('r2')).toEqual([2, ['r3', 'r4'], 40]);
    expect(blockedBy('r1')).toEqual([1, ['r4'], 100]);
    expect(blockedBy('r3')).toEqual([0, undefined, 60]);
    expect(span('Acquire', 'r1').attributes).not.toHaveProperty(['ryzanstein.lease.behind']);
  });

  it('is named by request id alone where its trace is not kept', async () => {
    mesh = await startTestCoordinator();
    await mesh.engine('e1', { capacity: 3 });
    await untraced(() => acquire(1));
    await acquire(2);
    await untraced(() => acquire(3));
    const waiters = await queue([4, 5]);
    await untraced(() => release(1));
    await waiters[0];
    await release(2);
    await waiters[1];
    await mesh.recorder.whenIdle(10);

    expect(told('r4')).toEqual({ behind: ['r1', 'r2', 'r3'], releasedBy: 'r1', links: ['r2'] });
    expect(told('r5')).toEqual({ behind: ['r1', 'r2', 'r3'], releasedBy: 'r2', links: ['r2 released'] });
  });

  it('is the eight oldest, and whoever made room besides', async () => {
    mesh = await startTestCoordinator();
    await mesh.engine('e1', { capacity: 10 });
    for (let number = 1; number <= 10; number += 1) await acquire(number);
    const waiters = await queue(Array.from({ length: 10 }, (_, index) => index + 11));
    await release(10);
    await waiters[0];
    for (let number = 1; number <= 9; number += 1) await release(number);
    await Promise.all(waiters);
    await mesh.recorder.whenIdle(70);

    const eight = ['r1', 'r2', 'r3', 'r4', 'r5', 'r6', 'r7', 'r8'];
    expect(told('r11')).toEqual({
      behind: eight,
      releasedBy: 'r10',
      links: ['r10 released', ...eight.slice(0, 7)],
    });
    const first = ['r11', 'r12', 'r13', 'r14', 'r15', 'r16', 'r17', 'r18'];
    expect(blockedBy('r10')).toEqual([10, first, 0]);
    expect(blockedBy('r9')).toEqual([1, ['r20'], 0]);
  });

  it('is whoever let its lease run out', async () => {
    mesh = await startTestCoordinator();
    const engine = await mesh.engine('e1');
    await acquire(1);
    const waiters = await queue([2]);
    for (let elapsedMs = 0; elapsedMs < 10_000; elapsedMs += 1_000) {
      mesh.clock.advance(1_000);
      await engine.report();
    }
    await waiters[0];
    await mesh.recorder.whenIdle(5);

    expect(told('r2')).toEqual({ behind: ['r1'], releasedBy: 'r1', links: ['r1 released'] });
  });

  it('is nobody where an engine came or another left the queue', async () => {
    mesh = await startTestCoordinator();
    await mesh.engine('e1', { capacity: 2 });
    await acquire(1);
    const abort = new AbortController();
    const wide = mesh.client
      .Acquire(mesh.wish('k2', { slots: 2 }), { ...as('r2'), signal: abort.signal })
      .catch(() => {});
    await until(() => mesh.control.waiting === 1);
    const narrow = acquire(3);
    await until(() => mesh.control.waiting === 2);
    abort.abort();
    await Promise.all([wide, narrow]);
    const waiters = await queue([4]);
    await mesh.engine('e2');
    await waiters[0];
    await mesh.recorder.whenIdle(11);

    expect(told('r2')).toEqual({ behind: ['r1'], releasedBy: undefined, links: ['r1'] });
    expect(told('r3')).toEqual({ behind: ['r1'], releasedBy: undefined, links: ['r1'] });
    expect(told('r4')).toEqual({ behind: ['r1', 'r3'], releasedBy: undefined, links: ['r1', 'r3'] });
  });

  it('holds a device that serves the model; others are not in the way', async () => {
    mesh = await startTestCoordinator();
    await mesh.engine('e1');
    await mesh.engine('e2', { model: 'other' });
    await acquire(1, { model: 'm' });
    await acquire(2, { model: 'other' });
    const third = acquire(3, { model: 'm' });
    await until(() => mesh.control.waiting === 1);
    await release(2);
    await release(1);
    await third;
    await mesh.recorder.whenIdle(11);

    expect(told('r3')).toEqual({ behind: ['r1'], releasedBy: 'r1', links: ['r1 released'] });
    expect(blockedBy('r2')).toEqual([0, undefined, 0]);
    expect(blockedBy('r1')).toEqual([1, ['r3'], 0]);
  });

  it('stands in the log line of the grant, by lease', async () => {
    mesh = await startTestCoordinator();
    await mesh.engine('e1');
    await acquire(1);
    const waiters = await queue([2]);
    await release(1);
    await waiters[0];
    await mesh.recorder.whenIdle(7);

    const grants = mesh.logs.filter(({ message }) => message === 'lease granted');
    expect(grants.map(({ fields }) => [fields.request_id, fields.lease_id, fields.admitted_by])).toEqual([
      ['r1', 'c1-1', undefined],
      ['r2', 'c1-2', 'c1-1'],
    ]);
  });
});
