import type { TraceContext } from '@ryzanstein/tracing';
import type { Grant } from './domain/decision.ts';

/** A lease, and where the request that acquired it stands in its trace. */
export interface LeaseTrace {
  readonly leaseId: string;
  readonly trace: TraceContext;
}

/** The time that one request spent in the fair queue. */
export interface Wait {
  readonly startEpochMs: number;
  readonly endEpochMs: number;
  /** How many were to be served before it when it queued. */
  readonly position: number;
  /** The leases that were held when it queued, as far as their requests are known. */
  readonly behind: readonly LeaseTrace[];
  /** The lease whose end admitted it. */
  readonly admittedBy: LeaseTrace | undefined;
}

/** A lease that was given back. */
export interface GivenBack {
  /** Absent where there was none. */
  readonly leaseId: string | undefined;
  readonly outcome: string;
  readonly blockedMs: number;
  /** Those who waited for its slots at that moment: how many, and the request ids of the first in line. */
  readonly blocked: { readonly count: number; readonly requestIds: readonly string[] };
}

/** A request that got no lease. */
export interface Unserved {
  readonly outcome: 'refused' | 'cancelled' | 'expired';
  /** In a word or two, such as `no_device`. */
  readonly reason: string;
  /** Status that makes the wait an error; absent where it is none. */
  readonly errorType: 'UNAVAILABLE' | 'DEADLINE_EXCEEDED' | undefined;
  readonly waitedMs: number;
}

/**
 * Shows in traces what is decided about leases.
 *
 * Each method MUST be called in the context of the call that it speaks of. None may throw, wait or
 * change anything but telemetry.
 */
export interface LeaseTelemetry {
  /** Where the running call stands in its trace. */
  current(): TraceContext;
  /** The running Acquire waits. */
  queued(position: number, behind: readonly LeaseTrace[]): void;
  /** The running Acquire has its lease; `wait` is absent where it had it at once. */
  granted(grant: Grant, waitedMs: number, wait: Wait | undefined): void;
  /** The running Acquire ends without a lease. */
  unserved(end: Unserved, wait: Wait | undefined): void;
  /** The running Release is done. */
  released(givenBack: GivenBack): void;
}
