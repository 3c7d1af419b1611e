import type { gpuCoordinator } from '@ryzanstein/contracts';
import type { DeviceReport } from '@ryzanstein/contracts/gpu';
import type { ServiceHandlers } from '@ryzanstein/rpc';
import { RpcError } from '@ryzanstein/rpc';
import type { EngineStream, LeaseControl } from './lease-control.ts';
import {
  commandMessage,
  deviceMessage,
  eventMessage,
  leaseMessage,
  readAcquire,
  readKeepAlive,
  readRelease,
  readReport,
} from './messages.ts';

export interface CoordinatorServiceParts {
  readonly control: LeaseControl;
  /** How long a lease lives where its holder does not say; ms. */
  readonly defaultTtlMs: number;
}

/** The RPCs of the coordinator. */
export function createCoordinatorService(
  parts: CoordinatorServiceParts,
): ServiceHandlers<typeof gpuCoordinator> {
  const { control, defaultTtlMs } = parts;
  return {
    async Acquire(request, { signal }) {
      const { grant, waitedMs } = await control.acquire(readAcquire(request, defaultTtlMs), signal);
      return leaseMessage(grant, waitedMs);
    },
    async *KeepAlive(requests) {
      for await (const request of requests) {
        const { holderId, held } = readKeepAlive(request, defaultTtlMs);
        const { lostLeaseIds, nextWithinMs } = control.keepAlive(holderId, held);
        yield { lostLeaseIds: [...lostLeaseIds], nextWithinMs };
      }
    },
    async Release(request) {
      const { released, blockedMs } = control.release(readRelease(request));
      return { released, blockedMs };
    },
    async *ReportDevices(reports) {
      const stream = control.openEngineStream();
      void readReports(reports, stream);
      try {
        for await (const orders of stream.orders) yield commandMessage(orders);
      } finally {
        stream.close();
      }
    },
    async ListDevices() {
      return { devices: control.devices().map(deviceMessage), waiting: control.waiting };
    },
    async *WatchLeases(_request, { signal }) {
      for await (const change of control.watch(signal)) yield eventMessage(change);
    },
  };
}

/** Reads an engine's reports until there are no more; then its stream is closed, with the error if there was one. */
async function readReports(reports: AsyncIterable<DeviceReport>, stream: EngineStream): Promise<void> {
  try {
    for await (const message of reports) stream.report(readReport(message));
    stream.close();
  } catch (reason) {
    stream.close(RpcError.from(reason));
  }
}
