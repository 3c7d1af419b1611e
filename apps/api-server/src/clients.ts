import { gpuCoordinator } from '@ryzanstein/contracts';
import type { DeviceState } from '@ryzanstein/contracts/gpu';
import { createRpcClient, detached, RpcError } from '@ryzanstein/rpc';
import type { RpcClientOptions } from '@ryzanstein/rpc';
import type { Clock } from '@ryzanstein/runtime';
import { untraced } from '@ryzanstein/tracing';
import type { DeviceFact } from './domain/model-catalog.ts';
import type { Coordinator, GiveBack, KeepAliveListener, KeepAliveStream } from './ports.ts';

/** How this process reaches others; the interceptors carry trace and request id. */
export type ConnectionOptions = Pick<RpcClientOptions, 'interceptors' | 'tls' | 'keepaliveMs'>;

export interface CoordinatorClientOptions extends ConnectionOptions {
  /** host:port. */
  readonly address: string;
  /** Names this process start; the holder of its leases. */
  readonly holderId: string;
  readonly clock: Clock;
}

/** The coordinator over gRPC, with the connection that has to be closed in the end. */
export interface CoordinatorClient extends Coordinator {
  close(): void;
}

/** All of a release, retries included. */
const releaseBudgetMs = 2_000;
const firstReleasePauseMs = 50;
/** After these a release may well succeed; after any other it would fail again. */
const passing = new Set([
  'UNAVAILABLE',
  'DEADLINE_EXCEEDED',
  'RESOURCE_EXHAUSTED',
  'ABORTED',
  'CANCELLED',
  'UNKNOWN',
]);

export function createCoordinatorClient(options: CoordinatorClientOptions): CoordinatorClient {
  const { address, holderId, clock, ...connection } = options;
  const client = createRpcClient(gpuCoordinator, address, connection);
  let closed = false;

  async function release({ leaseId = '', idempotencyKey, outcome }: GiveBack): Promise<void> {
    const untilMs = clock.monotonicMs() + releaseBudgetMs;
    // One of the two names the lease; the key alone gives back a grant that was never seen.
    const request = { leaseId, idempotencyKey: leaseId === '' ? idempotencyKey : '', holderId, outcome };
    for (let pauseMs = firstReleasePauseMs; ; pauseMs *= 2) {
      try {
        await client.Release(request, { timeoutMs: untilMs - clock.monotonicMs() });
        return;
      } catch (reason) {
        const { code } = RpcError.from(reason);
        if (closed || !passing.has(code) || clock.monotonicMs() + pauseMs >= untilMs) throw reason;
      }
      await new Promise<void>((resolve) => {
        clock.after(pauseMs, resolve);
      });
    }
  }

  return {
    acquire: (request, limits) => client.Acquire(request, limits),
    release: (giveBack) => detached(() => release(giveBack)),
    async listDevices(limits) {
      const { devices } = await inBackground(() => client.ListDevices({}, limits));
      return devices.map(deviceFact);
    },
    keepAlive: (listener) =>
      inBackground(() => {
        const stream = client.KeepAlive();
        return followKeepAlive(stream, holderId, listener);
      }),
    close() {
      closed = true;
      client.close();
    },
  };
}

/** Work of the process itself: part of no request's trace, deadline or cancellation. */
export function inBackground<T>(fn: () => T): T {
  return untraced(() => detached(fn));
}

type KeepAliveCall = ReturnType<ReturnType<typeof createRpcClient<typeof gpuCoordinator>>['KeepAlive']>;

function followKeepAlive(
  call: KeepAliveCall,
  holderId: string,
  listener: KeepAliveListener,
): KeepAliveStream {
  let abandoned = false;
  async function read(): Promise<void> {
    let reason: unknown;
    try {
      for await (const { lostLeaseIds, nextWithinMs } of call) {
        if (abandoned) return;
        listener.answered(lostLeaseIds, nextWithinMs);
      }
    } catch (caught) {
      reason = caught;
    }
    if (!abandoned) listener.closed(reason);
  }
  void read();
  return {
    send(leases) {
      // A list that does not get through shows as the end of the stream.
      call.send({ holderId, leases: [...leases] }).catch(() => undefined);
    },
    abandon() {
      abandoned = true;
      call.cancel();
    },
  };
}

function deviceFact({ engineId, engineAddress, device, live, leased }: DeviceState): DeviceFact {
  const { model = '', contextLength = 0, slots = 0 } = device ?? {};
  return { engineId, engineAddress, model, contextLength, slots, leased, live };
}
