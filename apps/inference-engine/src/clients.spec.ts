import { gpuCoordinator } from '@ryzanstein/contracts';
import type { DeviceCommandInit, DeviceReport } from '@ryzanstein/contracts/gpu';
import { createRpcServer, RpcError, type RpcServer } from '@ryzanstein/rpc';
import { silentLogger, systemClock } from '@ryzanstein/runtime';
import { linkToCoordinator } from './clients.ts';
import type { CoordinatorLink, DeviceOrder, DeviceStatus } from './ports.ts';

/** A coordinator that notes reports and says what a test wants. */
async function startCoordinator(address: string) {
  const reports: DeviceReport[] = [];
  let say: (command: DeviceCommandInit) => void = () => {};
  const unused = (): never => {
    throw new RpcError('UNIMPLEMENTED', 'not part of this test');
  };
  const server: RpcServer = createRpcServer({ logger: silentLogger }).add(
    gpuCoordinator,
    {
      async *ReportDevices(requests, ctx) {
        const commands: DeviceCommandInit[] = [];
        let wake: () => void = () => {};
        say = (command) => {
          commands.push(command);
          wake();
        };
        void (async () => {
          try {
            for await (const report of requests) reports.push(report);
          } catch {
            // The stream ended; its reports are what counts.
          }
        })();
        while (!ctx.signal.aborted) {
          for (const command of commands.splice(0)) yield command;
          await new Promise<void>((resolve) => {
            wake = resolve;
            ctx.signal.addEventListener('abort', () => resolve(), { once: true });
          });
        }
      },
      Acquire: unused,
      Release: unused,
      ListDevices: unused,
      KeepAlive: unused,
      WatchLeases: unused,
    },
    { longLived: ['ReportDevices'] },
  );
  return {
    address: await server.listen(address),
    reports,
    say: (command: DeviceCommandInit) => say(command),
    stop: () => server.close(),
  };
}

async function until<T>(look: () => T | undefined | false): Promise<T> {
  for (const deadline = Date.now() + 8_000; Date.now() < deadline;) {
    const found = look();
    if (found !== undefined && found !== false) return found;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error('it did not happen');
}

const load = {
  active: 1,
  queued: 0,
  kvTokensUsed: 20,
  kvTokensLimit: 1024,
  memoryUsedBytes: 0,
  memoryTotalBytes: 0,
};

function startLink(address: string) {
  const orders: DeviceOrder[] = [];
  let status: DeviceStatus = { running: [], highestEpoch: 0n, draining: false, load };
  const link: CoordinatorLink = linkToCoordinator({
    address,
    engineId: 'engine-1',
    engineAddress: '127.0.0.1:50053',
    device: {
      deviceId: 'cpu-0',
      kind: 'cpu',
      name: 'some CPU',
      model: 'tiny',
      contextLength: 512,
      slots: 2,
      capacity: 4,
    },
    engine: { status: () => status, obey: (order) => void orders.push(order) },
    clock: systemClock,
    logger: silentLogger,
  });
  return { link, orders, set: (next: Partial<DeviceStatus>) => (status = { ...status, ...next }) };
}

describe('linkToCoordinator', () => {
  it('reports at once, on change and every second, and passes orders on', async () => {
    const coordinator = await startCoordinator('127.0.0.1:0');
    const { link, orders, set } = startLink(coordinator.address);
    try {
      expect(await until(() => coordinator.reports[0])).toMatchObject({
        engineId: 'engine-1',
        engineAddress: '127.0.0.1:50053',
        devices: [
          { deviceId: 'cpu-0', kind: 'cpu', slots: 2, capacity: 4, load: { active: 1, kvTokensUsed: '20' } },
        ],
        running: [],
        highestEpoch: '0',
        draining: false,
      });
      set({ running: [{ leaseId: 'a', epoch: 2n ** 33n, sequences: 1 }], highestEpoch: 2n ** 33n });
      const changedAt = performance.now();
      for (let turn = 0; turn < 20; turn++) link.changed();
      expect(await until(() => coordinator.reports[1])).toMatchObject({
        running: [{ leaseId: 'a', epoch: '8589934592', deviceId: 'cpu-0', slots: 1 }],
        highestEpoch: '8589934592',
      });
      expect(performance.now() - changedAt).toBeLessThan(800);
      await until(() => coordinator.reports.length >= 3);
      expect(performance.now() - changedAt).toBeGreaterThan(900);

      coordinator.say({ minEpoch: '8589934591', revokedLeaseIds: ['a'], gpuIds: { 'cpu-0': 4 } });
      expect(await until(() => orders[0])).toEqual({
        minEpoch: 8589934591n,
        revoked: new Set(['a']),
        gpuId: 4,
      });
      set({ draining: true });
      await link.close();
      expect(await until(() => coordinator.reports.find(({ draining }) => draining))).toBeDefined();
    } finally {
      await link.close();
      await coordinator.stop();
    }
  });

  it('finds a coordinator that starts later, and one that comes back, and tells it what runs', async () => {
    const first = await startCoordinator('127.0.0.1:0');
    const { address } = first;
    await first.stop();
    const { link, orders, set } = startLink(address);
    try {
      const second = await startCoordinator(address);
      await until(() => second.reports[0]);
      set({ running: [{ leaseId: 'a', epoch: 9n, sequences: 1 }], highestEpoch: 9n });
      await second.stop();
      const third = await startCoordinator(address);
      try {
        expect(await until(() => third.reports[0])).toMatchObject({
          running: [{ leaseId: 'a', epoch: '9' }],
          highestEpoch: '9',
        });
        third.say({ minEpoch: '10' });
        await until(() => orders.some(({ minEpoch }) => minEpoch === 10n));
      } finally {
        await link.close();
        await third.stop();
      }
    } finally {
      await link.close();
    }
  });
});
