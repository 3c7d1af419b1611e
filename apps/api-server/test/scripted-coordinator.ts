import { gpuCoordinator } from '@ryzanstein/contracts';
import type {
  AcquireRequest,
  DeviceStateInit,
  KeepAliveRequest,
  LeaseInit,
  ReleaseRequest,
} from '@ryzanstein/contracts/gpu';
import {
  createRpcServer,
  RpcError,
  type CallContext,
  type RpcServer,
  type ServerCallHook,
} from '@ryzanstein/rpc';
import { silentLogger } from '@ryzanstein/runtime';

type Script<Request, Response> = (request: Request, ctx: CallContext) => Promise<Response>;

/** A coordinator at the wire: grants what it is asked for, unless its script says otherwise. */
export interface ScriptedCoordinator {
  readonly address: string;
  /** What ListDevices answers, and Acquire grants on. */
  devices: DeviceStateInit[];
  /** Instead of the ordinary grant. */
  acquire: Script<AcquireRequest, LeaseInit>;
  /** Called after a release was noted; a throw is its answer. */
  release: Script<ReleaseRequest, void>;
  /** Lease ids that the next answers on KeepAlive call lost. */
  readonly lost: Set<string>;
  readonly acquired: AcquireRequest[];
  readonly released: ReleaseRequest[];
  /** Ordinary grants: lease id by idempotency key. */
  readonly granted: Map<string, string>;
  /** Lists as they came in over KeepAlive, lease ids only. */
  readonly renewed: string[][];
  readonly listed: number;
  /** The ordinary grant. */
  grant(request: AcquireRequest): LeaseInit;
  /** Stops at once, as a process that dies. */
  kill(): Promise<void>;
  readonly server: RpcServer;
}

export interface CoordinatorOptions {
  readonly address?: string;
  readonly onCall?: ServerCallHook;
}

export async function startCoordinator(options: CoordinatorOptions = {}): Promise<ScriptedCoordinator> {
  let leases = 0;
  let listed = 0;
  const server = createRpcServer({
    logger: silentLogger,
    ...(options.onCall === undefined ? {} : { onCall: options.onCall }),
  });
  const self: Omit<ScriptedCoordinator, 'address'> = {
    devices: [],
    acquire: (request) => Promise.resolve(self.grant(request)),
    release: () => Promise.resolve(),
    lost: new Set(),
    acquired: [],
    released: [],
    granted: new Map(),
    renewed: [],
    get listed() {
      return listed;
    },
    grant({ model, avoidEngineIds, slots, idempotencyKey }) {
      const live = self.devices.filter(({ live: isLive }) => isLive);
      if (live.length === 0)
        throw new RpcError('UNAVAILABLE', 'No device is available now.', { retryAfterMs: 500 });
      const found = live.find(
        ({ device, engineId = '' }) =>
          (model === '' || device?.model === model) && !avoidEngineIds.includes(engineId),
      );
      if (found === undefined) throw new RpcError('NOT_FOUND', 'no device has it');
      leases += 1;
      const leaseId = `lease-${leases}`;
      self.granted.set(idempotencyKey, leaseId);
      return {
        leaseId,
        epoch: String(2n ** 32n + BigInt(leases)),
        gpuId: found.gpuId,
        deviceId: found.device?.deviceId,
        engineId: found.engineId,
        engineAddress: found.engineAddress,
        model: found.device?.model,
        slots,
        ttlMs: 10_000,
        reason: 'free_slot',
      };
    },
    kill: () => server.close(),
    server,
  };
  server.add(
    gpuCoordinator,
    {
      async Acquire(request, ctx) {
        self.acquired.push(request);
        return await self.acquire(request, ctx);
      },
      async Release(request, ctx) {
        self.released.push(request);
        await self.release(request, ctx);
        return { released: true, blockedMs: 0 };
      },
      async ListDevices() {
        listed += 1;
        return { devices: self.devices, waiting: 0 };
      },
      async *KeepAlive(requests: AsyncIterable<KeepAliveRequest>) {
        for await (const { leases: held } of requests) {
          const ids = held.map(({ leaseId }) => leaseId);
          self.renewed.push(ids);
          yield { lostLeaseIds: ids.filter((leaseId) => self.lost.has(leaseId)), nextWithinMs: 100 };
        }
      },
      ReportDevices() {
        throw new RpcError('UNIMPLEMENTED', 'no engine reports here');
      },
      WatchLeases() {
        throw new RpcError('UNIMPLEMENTED', 'nobody watches here');
      },
    },
    { longLived: ['KeepAlive'] },
  );
  const address = await server.listen(options.address ?? '127.0.0.1:0');
  return Object.assign(self, { address });
}
