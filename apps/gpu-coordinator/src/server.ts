import { gpuCoordinator, reflectedPackage } from '@ryzanstein/contracts';
import { createRpcServer, type RpcServer, type ServerCallHook, type TlsSource } from '@ryzanstein/rpc';
import type { Logger } from '@ryzanstein/runtime';
import { createCoordinatorService } from './coordinator-service.ts';
import type { LeaseControl } from './lease-control.ts';

/** Its health tells readiness; the health of '' tells that the process lives. */
export const coordinatorName = 'ryzanstein.gpu.v1.GpuCoordinator';

export interface GrpcServerOptions {
  readonly control: LeaseControl;
  /** How long a lease lives where its holder does not say; ms. */
  readonly leaseTtlMs: number;
  readonly keepaliveMs?: number;
  readonly logger: Logger;
  /** Goes round every call: its trace and request id. */
  readonly onCall?: ServerCallHook;
  readonly tls?: TlsSource;
}

/** The coordinator's gRPC server, not yet listening. */
export function createGrpcServer(options: GrpcServerOptions): RpcServer {
  const { control, leaseTtlMs, keepaliveMs, logger, onCall, tls } = options;
  const service = createCoordinatorService({ control, defaultTtlMs: leaseTtlMs });
  return createRpcServer({
    logger,
    ...(onCall === undefined ? {} : { onCall }),
    ...(keepaliveMs === undefined ? {} : { keepaliveMs }),
    tls,
    trustedCallers: true,
    reflection: reflectedPackage,
  }).add(gpuCoordinator, service, { longLived: ['KeepAlive', 'ReportDevices', 'WatchLeases'] });
}
