/** Where a lease runs, as it was when the lease began. */
export interface LeasedPlace {
  readonly engineId: string;
  readonly engineAddress: string;
  readonly deviceId: string;
  /** Undefined for a lease that was rebuilt before its engine came back. */
  readonly gpuId: number | undefined;
  readonly gpuKind: string;
  readonly gpuName: string;
  readonly model: string;
}

/** Permission to run `slots` sequences on one device, until `expiresMs` unless renewed. */
export interface Lease {
  readonly leaseId: string;
  readonly epoch: bigint;
  readonly place: LeasedPlace;
  readonly slots: number;
  readonly kvTokens: number;
  /** Empty for a lease that an engine runs and no holder has listed yet. */
  holderId: string;
  clientId: string;
  ttlMs: number;
  expiresMs: number;
  /** The key that it was acquired with; undefined for a lease rebuilt after a restart. */
  readonly key: string | undefined;
  /** The device's blocked time when the lease began. */
  readonly blockedBeforeMs: number;
}

/** What one Acquire asks for. */
export interface LeaseRequest {
  readonly clientId: string;
  readonly idempotencyKey: string;
  readonly holderId: string;
  /** Empty: any device. */
  readonly model: string;
  readonly slots: number;
  readonly kvTokens: number;
  readonly priority: number;
  readonly ttlMs: number;
  readonly replacesLeaseIds: readonly string[];
  readonly avoidEngineIds: readonly string[];
  /** What its prompt begins with, as a key; empty where that is not told. */
  readonly prefixKey: string;
}

/** An Acquire in the fair queue. */
export interface Waiter {
  readonly request: LeaseRequest;
  readonly arrivedMs: number;
  /** How many were to be served before it when it queued; 0 where it was served at once. */
  position: number;
  readonly clientId: string;
  readonly lane: string;
  readonly priority: number;
  readonly slots: number;
}

/** A lease as its engine or its holder tells of it, enough to rebuild it. */
export interface ListedLease {
  readonly leaseId: string;
  readonly epoch: bigint;
  readonly deviceId: string;
  readonly slots: number;
}

/** A lease as its holder tells of it. */
export interface HeldLease extends ListedLease {
  readonly engineId: string;
  readonly ttlMs: number;
  readonly clientId: string;
}

/** One string for a key of one holder: two holders may use the same key. */
export function ownKey(holderId: string, idempotencyKey: string): string {
  return JSON.stringify([holderId, idempotencyKey]);
}
