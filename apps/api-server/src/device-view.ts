import type { Clock, Logger, Timer } from '@ryzanstein/runtime';
import { buildCatalog, emptyCatalog, servedIds, type ModelCatalog } from './domain/model-catalog.ts';
import type { Coordinator } from './ports.ts';

export interface DeviceViewTimes {
  /** Between polls while none has succeeded yet. */
  readonly firstPollMs: number;
  readonly pollMs: number;
  /** A poll unanswered for so long has failed. */
  readonly pollTimeoutMs: number;
  /** What was seen longer ago says nothing about now. */
  readonly staleMs: number;
}

/** Stale after three missed polls: a coordinator that restarts does not make this service unready. */
export const deviceViewTimes: DeviceViewTimes = {
  firstPollMs: 250,
  pollMs: 1_000,
  pollTimeoutMs: 1_000,
  staleMs: 3_500,
};

/** What this process knows of the mesh's devices without asking in the course of a request. */
export interface DeviceView {
  /** As of the last poll that succeeded; empty before the first, and once it is stale. */
  readonly catalog: ModelCatalog;
  /** True where the catalog is recent. */
  readonly fresh: boolean;
  /** Asks now; several callers at a time share one answer. Resolves to false where none came. */
  refresh(): Promise<boolean>;
  start(): void;
  stop(): void;
}

export interface DeviceViewDeps {
  readonly coordinator: Pick<Coordinator, 'listDevices'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Called at each change from "a live device is registered" to "none is", and back. */
  onReadiness(ready: boolean): void;
  /** Called after each poll that succeeded. */
  onCatalog(catalog: ModelCatalog): void;
  readonly times?: DeviceViewTimes;
}

/** Polls the coordinator's list of devices. */
export function createDeviceView(deps: DeviceViewDeps): DeviceView {
  const { coordinator, clock, logger } = deps;
  const times = deps.times ?? deviceViewTimes;
  const stopping = new AbortController();
  let catalog = emptyCatalog;
  let seenAtMs: number | undefined;
  let ready = false;
  let asking: Promise<boolean> | undefined;
  let timer: Timer | undefined;

  const isFresh = (): boolean => seenAtMs !== undefined && clock.monotonicMs() - seenAtMs < times.staleMs;

  async function ask(): Promise<boolean> {
    try {
      const devices = await coordinator.listDevices({
        signal: stopping.signal,
        timeoutMs: times.pollTimeoutMs,
      });
      if (stopping.signal.aborted) return false;
      catalog = buildCatalog(devices);
      seenAtMs = clock.monotonicMs();
      deps.onCatalog(catalog);
      return true;
    } catch (reason) {
      if (!stopping.signal.aborted) logger.debug({ err: reason }, 'the devices could not be listed');
      return false;
    } finally {
      asking = undefined;
      if (!stopping.signal.aborted) judgeReadiness();
    }
  }

  function judgeReadiness(): void {
    const fresh = isFresh();
    const now = fresh && catalog.devices.some(({ live }) => live);
    if (now === ready) return;
    ready = now;
    deps.onReadiness(ready);
    if (ready) logger.info({ models: servedIds(catalog) }, 'ready: a device is registered');
    else if (fresh) logger.warn({}, 'not ready: no live device is registered');
    else logger.warn({}, 'not ready: the coordinator cannot be reached');
  }

  function refresh(): Promise<boolean> {
    return (asking ??= ask());
  }

  async function poll(): Promise<void> {
    await refresh();
    if (stopping.signal.aborted) return;
    timer = clock.after(seenAtMs === undefined ? times.firstPollMs : times.pollMs, () => void poll());
  }

  return {
    get catalog() {
      return isFresh() ? catalog : emptyCatalog;
    },
    get fresh() {
      return isFresh();
    },
    refresh,
    start: () => void poll(),
    stop() {
      stopping.abort();
      timer?.cancel();
    },
  };
}
