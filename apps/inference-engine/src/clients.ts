import { gpuCoordinator } from '@ryzanstein/contracts';
import type { DeviceCommand, DeviceInit, DeviceReportInit } from '@ryzanstein/contracts/gpu';
import { createRpcClient, detached, RpcError, type RpcClientOptions } from '@ryzanstein/rpc';
import type { Clock, Logger, Timer } from '@ryzanstein/runtime';
import { untraced } from '@ryzanstein/tracing';
import type { CoordinatorLink, DeviceOrder, LinkedEngine } from './ports.ts';

/** How an engine is linked to its coordinator. */
export interface CoordinatorLinkOptions {
  /** host:port of the coordinator. */
  readonly address: string;
  /** Unique per start of this process. */
  readonly engineId: string;
  /** host:port at which others reach this engine. */
  readonly engineAddress: string;
  /** What does not change about the device. */
  readonly device: Omit<DeviceInit, 'load'> & { readonly deviceId: string };
  readonly engine: LinkedEngine;
  readonly interceptors?: RpcClientOptions['interceptors'];
  readonly keepaliveMs?: number;
  readonly tls?: RpcClientOptions['tls'];
  readonly clock: Clock;
  readonly logger: Logger;
}

const reportEveryMs = 1_000;
// A burst of requests is one change.
const changeDelayMs = 50;
const firstPauseMs = 100;
const longestPauseMs = 2_000;
const lastReportMs = 500;

/** Links an engine to its coordinator over the ReportDevices stream, from now until `close`. */
export function linkToCoordinator(options: CoordinatorLinkOptions): CoordinatorLink {
  const { clock, logger, address } = options;
  const { interceptors = [], keepaliveMs, tls } = options;
  const client = createRpcClient(gpuCoordinator, address, {
    interceptors,
    tls,
    ...(keepaliveMs === undefined ? {} : { keepaliveMs }),
  });
  let stream: ReturnType<typeof client.ReportDevices> | undefined;
  let timer: Timer | undefined;
  let dueAtMs = Infinity;
  let closed = false;
  let endPause: (() => void) | undefined;

  const report = async (): Promise<void> => {
    schedule(reportEveryMs);
    // A report that does not get through shows as the end of the stream.
    await stream?.send(reportOf(options)).catch(() => undefined);
  };
  const schedule = (delayMs: number): void => {
    timer?.cancel();
    dueAtMs = clock.monotonicMs() + delayMs;
    timer = clock.after(delayMs, () => void report());
  };

  const follow = async (): Promise<void> => {
    let connected = false;
    let pauseMs = firstPauseMs;
    let toldOfAbsence = false;
    while (!closed) {
      stream = client.ReportDevices();
      void report();
      try {
        for await (const command of stream) {
          if (!connected) logger.info({ coordinator: address }, 'linked to the gpu-coordinator');
          connected = true;
          pauseMs = firstPauseMs;
          options.engine.obey(orderOf(command, options.device.deviceId));
        }
      } catch (reason) {
        const { code, message } = RpcError.from(reason);
        const fields = { coordinator: address, code };
        if (connected && !closed) logger.warn(fields, `lost the gpu-coordinator: ${message}`);
        else if (!toldOfAbsence && !closed) {
          toldOfAbsence = true;
          logger.info(fields, `no gpu-coordinator yet; trying on: ${message}`);
        }
      }
      connected = false;
      stream = undefined;
      timer?.cancel();
      if (closed) return;
      await new Promise<void>((resolve) => {
        const pause = clock.after(pauseMs, resolve);
        endPause = () => {
          pause.cancel();
          resolve();
        };
      });
      pauseMs = Math.min(pauseMs * 2, longestPauseMs);
    }
  };
  // Work of the process itself: part of no request's trace, deadline or cancellation.
  const following = untraced(() => detached(follow));

  return {
    changed() {
      if (stream !== undefined && dueAtMs - clock.monotonicMs() > changeDelayMs) schedule(changeDelayMs);
    },
    async close() {
      if (closed) return following;
      closed = true;
      await within(lastReportMs, clock, report());
      timer?.cancel();
      endPause?.();
      client.close();
      await following;
    },
  };
}

function reportOf({ engineId, engineAddress, device, engine }: CoordinatorLinkOptions): DeviceReportInit {
  const { load, running, highestEpoch, draining } = engine.status();
  return {
    engineId,
    engineAddress,
    devices: [{ ...device, load }],
    running: running.map(({ leaseId, epoch, sequences }) => ({
      leaseId,
      epoch: String(epoch),
      deviceId: device.deviceId,
      slots: sequences,
    })),
    highestEpoch: String(highestEpoch),
    draining,
  };
}

function orderOf({ minEpoch, revokedLeaseIds, gpuIds }: DeviceCommand, deviceId: string): DeviceOrder {
  const gpuId = gpuIds[deviceId];
  return {
    minEpoch: BigInt(minEpoch),
    revoked: new Set(revokedLeaseIds),
    ...(gpuId === undefined ? {} : { gpuId }),
  };
}

async function within(limitMs: number, clock: Clock, work: Promise<unknown>): Promise<void> {
  await new Promise<void>((resolve) => {
    const limit = clock.after(limitMs, resolve);
    void work.finally(() => {
      limit.cancel();
      resolve();
    });
  });
}
