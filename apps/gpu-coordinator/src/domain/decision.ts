import type { Lease, Waiter } from './lease.ts';
import type { Placement } from './placement/place.ts';

/** Why a lease was granted just then. */
export type GrantReason =
  | 'free_slot'
  | 'same_key'
  | 'after_release'
  | 'after_expiry'
  | 'after_leave'
  | 'device_joined'
  | 'after_restart';

/** Why a lease was taken away. */
export type RevokeReason = 'expired' | 'device_lost' | 'engine_restarted';

/** Why an Acquire cannot be served. */
export type Refusal =
  | { readonly kind: 'no_device' }
  | { readonly kind: 'no_model'; readonly models: readonly string[] }
  | { readonly kind: 'all_avoided' }
  | { readonly kind: 'too_many_slots'; readonly most: number }
  | { readonly kind: 'queue_full'; readonly waiting: number }
  | { readonly kind: 'key_ended' }
  | { readonly kind: 'draining' };

export interface Grant {
  readonly lease: Lease;
  readonly waitedMs: number;
  readonly queuePosition: number;
  readonly reason: GrantReason;
  /** The lease whose end made the room, where one did. */
  readonly admittedBy: string | undefined;
  /** Why on this device; undefined where it was placed before. */
  readonly placement: Omit<Placement, 'device'> | undefined;
}

/** What an engine is told: it replaces what it was told before. */
export interface EngineOrders {
  readonly minEpoch: bigint;
  readonly revokedLeaseIds: readonly string[];
  readonly gpuIds: ReadonlyMap<string, number>;
}

/** What a decision does to others than the one who asked. In order of happening. */
export type Effect =
  | { readonly type: 'queued'; readonly waiter: Waiter; readonly behind: readonly string[] }
  | { readonly type: 'granted'; readonly waiter: Waiter; readonly grant: Grant }
  | { readonly type: 'refused'; readonly waiter: Waiter; readonly refusal: Refusal }
  | { readonly type: 'left'; readonly waiter: Waiter; readonly cause: LeaveCause }
  | { readonly type: 'released'; readonly lease: Lease; readonly outcome: string; readonly blockedMs: number }
  | {
      readonly type: 'revoked';
      readonly lease: Lease;
      readonly reason: RevokeReason;
      readonly blockedMs: number;
    }
  | { readonly type: 'rebuilt'; readonly lease: Lease }
  | { readonly type: 'orders'; readonly streamId: number; readonly orders: EngineOrders }
  | { readonly type: 'superseded'; readonly streamId: number; readonly engineId: string }
  | {
      readonly type: 'engine';
      readonly engineId: string;
      readonly address: string;
      readonly change: EngineChange;
    }
  | { readonly type: 'term'; readonly term: bigint };

export type EngineChange = 'joined' | 'rejoined' | 'settling' | 'settled' | 'draining' | 'gone' | 'lost';

/** Why a waiter left: its caller cancelled, its deadline passed, or Release named its key. */
export type LeaveCause = 'cancelled' | 'expired' | 'withdrawn';

export type AcquireAnswer =
  | { readonly kind: 'granted'; readonly grant: Grant }
  | { readonly kind: 'waiting'; readonly waiter: Waiter }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** Those who waited for the slots of a lease when it ended. */
export interface Blocked {
  readonly count: number;
  /** The next in line of them, first in line first; at most eight. */
  readonly first: readonly Waiter[];
}

export interface ReleaseAnswer {
  /** False where there was nothing to give back. */
  readonly released: boolean;
  readonly leaseId: string | undefined;
  readonly blockedMs: number;
  /** Before anybody was admitted in its place. */
  readonly blocked: Blocked;
}

export interface KeepAliveAnswer {
  readonly lostLeaseIds: readonly string[];
  readonly nextWithinMs: number;
}

/** An answer to the one who asked, and what the decision does to others. */
export interface Decision<Answer> {
  readonly answer: Answer;
  readonly effects: readonly Effect[];
}
