import type { LeaseCommand, RunningLease } from './domain/lease-gate.ts';

/** What the coordinator is told, each time whole. */
export interface DeviceStatus {
  readonly running: readonly RunningLease[];
  readonly highestEpoch: bigint;
  readonly draining: boolean;
  readonly load: {
    readonly active: number;
    readonly queued: number;
    readonly kvTokensUsed: number;
    readonly kvTokensLimit: number;
    readonly memoryUsedBytes: number;
    readonly memoryTotalBytes: number;
  };
}

/** What the coordinator says. */
export interface DeviceOrder extends LeaseCommand {
  /** Number it gave this device (`ryzanstein.gpu.id`); absent until it has one. */
  readonly gpuId?: number;
}

/**
 * The engine's link to the coordinator.
 *
 * An implementation MUST report when the link opens, soon after `changed`, and at least once a
 * second; MUST go on trying for ever while the coordinator is away, with growing pauses; MUST NOT
 * throw, and MUST NOT be part of any request's trace. Orders come in the order they were given.
 */
export interface CoordinatorLink {
  /** Something of the status changed. */
  changed(): void;
  /** Reports once more, then ends the link. Resolves within a second. */
  close(): Promise<void>;
}

/** What a link needs of the engine. Neither may throw. */
export interface LinkedEngine {
  /** Taken anew for every report. */
  status(): DeviceStatus;
  obey(order: DeviceOrder): void;
}
