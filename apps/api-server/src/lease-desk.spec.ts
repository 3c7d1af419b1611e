import type { Lease } from '@ryzanstein/contracts/gpu';
import { RpcError } from '@ryzanstein/rpc';
import type { Logger } from '@ryzanstein/runtime';
import { silentLogger } from '@ryzanstein/runtime';
import { gate } from '../test/eventually.ts';
import { createLeaseDesk } from './lease-desk.ts';
import type { GiveBack } from './ports.ts';

const lease: Lease = {
  leaseId: 'lease-1',
  epoch: '4294967297',
  gpuId: 0,
  deviceId: 'cpu-0',
  gpuKind: 'cpu',
  gpuName: 'CPU',
  engineId: 'engine-1',
  engineAddress: '127.0.0.1:1',
  model: 'tiny',
  slots: 1,
  ttlMs: 10_000,
  waitedUs: '0',
  queuePosition: 0,
  reason: 'free_slot',
};

function setUp(acquire: () => Promise<Lease>, release: () => Promise<void> = async () => undefined) {
  const given: GiveBack[] = [];
  const warnings: object[] = [];
  const held = new Set<string>();
  const logger: Logger = { ...silentLogger, warn: (fields) => warnings.push(fields) };
  const desk = createLeaseDesk({
    coordinator: {
      acquire,
      release(giveBack) {
        given.push(giveBack);
        return release();
      },
    },
    renewal: {
      hold({ leaseId }) {
        held.add(leaseId);
        return { lost: new AbortController().signal, drop: () => void held.delete(leaseId) };
      },
    },
    holderId: 'api-1',
    logger,
  });
  return { desk, given, warnings, held };
}

describe('createLeaseDesk', () => {
  it('renews a lease until it is given back, and gives it back once', async () => {
    const { desk, given, held } = setUp(async () => lease);
    const grant = await desk.acquire({ clientId: 'c' }, {});
    expect([...held]).toEqual(['lease-1']);
    grant.giveBack('done');
    grant.giveBack('failed');
    await desk.settled();
    expect(held.size).toBe(0);
    expect(given).toEqual([{ leaseId: 'lease-1', idempotencyKey: 'api-1/1', outcome: 'done' }]);
  });

  it('gives back a grant that came after its caller had left', async () => {
    const leaving = new AbortController();
    const { desk, given, held } = setUp(async () => {
      leaving.abort(new RpcError('CANCELLED', 'left'));
      return lease;
    });
    await expect(desk.acquire({ clientId: 'c' }, { signal: leaving.signal })).rejects.toMatchObject({
      code: 'CANCELLED',
    });
    expect(held.size).toBe(0);
    expect(given).toEqual([{ leaseId: 'lease-1', idempotencyKey: 'api-1/1', outcome: 'raced' }]);
  });

  it('asks for nothing on behalf of a caller who has left', async () => {
    const { desk, given } = setUp(() => Promise.reject(new Error('must not be asked')));
    const signal = AbortSignal.abort(new RpcError('CANCELLED', 'left'));
    await expect(desk.acquire({ clientId: 'c' }, { signal })).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(given).toEqual([]);
  });

  it.each([
    ['CANCELLED', 1],
    ['DEADLINE_EXCEEDED', 1],
    ['NOT_FOUND', 0],
    ['UNAVAILABLE', 0],
    ['RESOURCE_EXHAUSTED', 0],
  ] as const)('after %s gives back by key %d times', async (code, times) => {
    const { desk, given } = setUp(() => Promise.reject(new RpcError(code, 'no lease')));
    await expect(desk.acquire({ clientId: 'c' }, {})).rejects.toMatchObject({ code });
    expect(given).toEqual(new Array(times).fill({ idempotencyKey: 'api-1/1', outcome: 'raced' }));
  });

  it('is settled once everything was given back, or given up with a warning', async () => {
    const arrived = gate();
    const { desk, warnings } = setUp(
      async () => lease,
      async () => {
        await arrived.opened;
        throw new RpcError('UNAVAILABLE', 'gone');
      },
    );
    (await desk.acquire({ clientId: 'c' }, {})).giveBack('done');
    let settled = false;
    const settling = desk.settled().then(() => (settled = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(settled).toBe(false);
    arrived.open();
    await settling;
    expect(warnings).toMatchObject([{ lease_id: 'lease-1', err: { code: 'UNAVAILABLE' } }]);
  });
});
