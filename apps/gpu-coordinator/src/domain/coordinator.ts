import type { Cause } from './allocator.ts';
import { Allocator } from './allocator.ts';
import { Deadlines } from './deadlines.ts';
import type {
  AcquireAnswer,
  Decision,
  Effect,
  Grant,
  KeepAliveAnswer,
  LeaveCause,
  Refusal,
  ReleaseAnswer,
} from './decision.ts';
import { EngineDesk } from './engine-desk.ts';
import type { Device, EngineReport } from './engine-registry.ts';
import { EngineRegistry } from './engine-registry.ts';
import { LeaseBook } from './lease-book.ts';
import type { HeldLease, Lease, LeaseRequest, Waiter } from './lease.ts';
import { ownKey } from './lease.ts';

/** A holder is asked to renew at least this often, however long its leases live; ms. */
const MAX_RENEWAL_MS = 3_000;

export interface CoordinatorOptions {
  /** Unique per start; lease ids begin with it. */
  readonly instanceId: string;
  /** How long a lease lives unless asked otherwise, and how long what ended is remembered; ms. */
  readonly ttlMs: number;
  /** An engine silent for this long is lost; ms. */
  readonly staleMs: number;
  /** Waiters at most. */
  readonly maxWaiting: number;
  readonly startedMs: number;
}

export interface DeviceView {
  readonly device: Device;
  readonly live: boolean;
  /** Slots leased now. */
  readonly leased: number;
}

/** What to give back: a lease by its id, or whatever an idempotency key led to. */
export interface ReleaseOrder {
  readonly leaseId: string;
  readonly idempotencyKey: string;
  readonly holderId: string;
  readonly outcome: string;
}

/**
 * Who may use which device, for how long.
 *
 * Deterministic: what it decides follows from the calls made to it, in order, and the times
 * given with them (ms of one monotonic clock). The caller MUST call `tick` at `nextDueMs`, for
 * time moves on nowhere else, and MUST carry out the effects of each decision in order.
 */
export class Coordinator {
  readonly #options: CoordinatorOptions;
  readonly #deadlines = new Deadlines();
  readonly #registry = new EngineRegistry();
  readonly #book: LeaseBook;
  readonly #allocator: Allocator;
  readonly #desk: EngineDesk;
  #draining = false;

  constructor(options: CoordinatorOptions) {
    const { instanceId, ttlMs, staleMs, startedMs } = options;
    this.#options = options;
    const registry = this.#registry;
    const deadlines = this.#deadlines;
    this.#book = new LeaseBook({ registry, deadlines, instanceId, memoryMs: ttlMs });
    this.#allocator = new Allocator(registry, this.#book);
    this.#desk = new EngineDesk({
      registry,
      book: this.#book,
      allocator: this.#allocator,
      deadlines,
      staleMs,
      settleMs: ttlMs,
      startedMs,
    });
  }

  get waiting(): number {
    return this.#allocator.waiting;
  }

  /** Leases that are out. */
  get leased(): number {
    return this.#book.size;
  }

  get term(): bigint {
    return this.#book.epochs.term;
  }

  leases(): Lease[] {
    return [...this.#book.all()];
  }

  lease(leaseId: string): Lease | undefined {
    return this.#book.get(leaseId);
  }

  waiters(): Waiter[] {
    return this.#allocator.waiters();
  }

  devices(): DeviceView[] {
    return this.#registry.devices().map((device) => ({
      device,
      live: device.engine.live && !device.engine.draining,
      leased: this.#book.usage(device.engine.engineId, device.reported.deviceId).slots,
    }));
  }

  /** When `tick` is to be called next; undefined where nothing is due. */
  nextDueMs(): number | undefined {
    return this.#deadlines.nextMs();
  }

  /**
   * Grants a lease at once, lets the request wait, or refuses it. A repeated request gets the
   * lease, or the waiter, that its key has already.
   */
  acquire(request: LeaseRequest, nowMs: number): Decision<AcquireAnswer> {
    const effects: Effect[] = [];
    return this.#decided(this.#acquire(request, nowMs, effects), nowMs, effects);
  }

  /** Takes a waiter out of the queue. False where it had left already, or has its lease. */
  leave(waiter: Waiter, cause: LeaveCause, nowMs: number): Decision<boolean> {
    const effects: Effect[] = [];
    return this.#decided(this.#allocator.leave(waiter, cause, nowMs, effects), nowMs, effects);
  }

  release(order: ReleaseOrder, nowMs: number): Decision<ReleaseAnswer> {
    const effects: Effect[] = [];
    return this.#decided(this.#release(order, nowMs, effects), nowMs, effects);
  }

  /** Renews the leases that a holder lists, and says which it has lost. */
  keepAlive(holderId: string, held: readonly HeldLease[], nowMs: number): Decision<KeepAliveAnswer> {
    const effects: Effect[] = [];
    const lostLeaseIds: string[] = [];
    let shortestMs = this.#options.ttlMs;
    for (const listed of held) {
      const lease =
        this.#book.get(listed.leaseId) ?? this.#desk.rebuildHeld(listed, holderId, nowMs, effects);
      if (lease !== undefined && lease.holderId === '') {
        // Rebuilt from what its engine runs; here is its holder.
        lease.holderId = holderId;
        lease.clientId = listed.clientId;
        lease.ttlMs = listed.ttlMs;
      }
      if (lease === undefined || lease.holderId !== holderId) {
        lostLeaseIds.push(listed.leaseId);
      } else {
        this.#book.renew(lease, nowMs);
        shortestMs = Math.min(shortestMs, lease.ttlMs);
      }
    }
    const nextWithinMs = Math.min(MAX_RENEWAL_MS, Math.floor(shortestMs / 3));
    return this.#decided({ lostLeaseIds, nextWithinMs }, nowMs, effects);
  }

  /** A message of the stream that speaks for an engine; `streamId` is unique per stream. */
  report(streamId: number, report: EngineReport, nowMs: number): Decision<void> {
    const effects: Effect[] = [];
    return this.#decided(this.#desk.report(streamId, report, nowMs, effects), nowMs, effects);
  }

  streamEnded(streamId: number, nowMs: number): Decision<void> {
    const effects: Effect[] = [];
    return this.#decided(this.#desk.streamEnded(streamId, nowMs, effects), nowMs, effects);
  }

  /** Lets everything that is due at `nowMs` happen. */
  tick(nowMs: number): Decision<void> {
    const effects: Effect[] = [];
    for (let key = this.#deadlines.takeDue(nowMs); key !== undefined; key = this.#deadlines.takeDue(nowMs)) {
      const space = key.indexOf(' ');
      const kind = key.slice(0, space);
      const id = key.slice(space + 1);
      if (kind !== 'lease') {
        this.#desk.due(kind, id, nowMs, effects);
        continue;
      }
      const lease = this.#book.get(id);
      if (lease === undefined) continue;
      this.#desk.revoke(lease, 'expired', nowMs, effects);
      this.#allocator.grantAll({ reason: 'after_expiry', leaseId: id }, nowMs, effects);
    }
    return this.#decided(undefined, nowMs, effects);
  }

  /** Sends all waiters away, and everybody who comes. Leases run on. */
  drain(nowMs: number): Decision<void> {
    const effects: Effect[] = [];
    this.#draining = true;
    this.#allocator.refuseAll({ kind: 'draining' }, effects);
    return this.#decided(undefined, nowMs, effects);
  }

  #acquire(request: LeaseRequest, nowMs: number, effects: Effect[]): AcquireAnswer {
    if (this.#draining) return refused({ kind: 'draining' });
    const key = ownKey(request.holderId, request.idempotencyKey);
    const replaced = this.#dropReplaced(request, key, nowMs, effects);
    const again = this.#alreadyAsked(key, nowMs);
    if (again !== undefined) return again;

    const refusal = this.#allocator.refusalOfNew(request);
    if (refusal !== undefined) {
      if (replaced !== undefined) this.#allocator.grantAll(replaced, nowMs, effects);
      return refused(refusal);
    }
    const waiter = this.#allocator.enter(request, nowMs);
    const from = effects.length;
    this.#allocator.grantAll(replaced ?? { reason: 'free_slot' }, nowMs, effects);
    for (const effect of effects.slice(from))
      if (effect.type === 'granted' && effect.waiter === waiter)
        return { kind: 'granted', grant: effect.grant };
    if (this.#allocator.waiting > this.#options.maxWaiting) {
      this.#allocator.remove(waiter);
      // Room that a replaced lease made must not stay kept for one that is sent away.
      if (replaced !== undefined) this.#allocator.grantAll(replaced, nowMs, effects);
      return refused({ kind: 'queue_full', waiting: this.#allocator.waiting });
    }
    effects.push(this.#allocator.settleIn(waiter));
    return { kind: 'waiting', waiter };
  }

  /** Ends the leases that an engine refused to this holder, and frees the key if it led to one of them. */
  #dropReplaced(request: LeaseRequest, key: string, nowMs: number, effects: Effect[]): Cause | undefined {
    let cause: Cause | undefined;
    for (const leaseId of request.replacesLeaseIds) {
      const lease = this.#book.get(leaseId);
      if (lease !== undefined && lease.holderId === request.holderId) {
        const blockedMs = this.#book.end(lease, nowMs);
        effects.push({ type: 'released', lease, outcome: 'refused', blockedMs });
        cause = { reason: 'after_release', leaseId };
      }
      if (this.#book.endedKey(key, nowMs) === leaseId) this.#book.freeKey(key);
    }
    return cause;
  }

  #alreadyAsked(key: string, nowMs: number): AcquireAnswer | undefined {
    const waiter = this.#allocator.ofKey(key);
    if (waiter !== undefined) return { kind: 'waiting', waiter };
    if (this.#book.endedKey(key, nowMs) !== undefined) return refused({ kind: 'key_ended' });
    const lease = this.#book.ofKey(key);
    if (lease === undefined) return undefined;
    // Who asks again has not had the answer, so its time to renew begins now.
    this.#book.renew(lease, nowMs);
    const grant: Grant = {
      lease,
      waitedMs: 0,
      queuePosition: 0,
      reason: 'same_key',
      admittedBy: undefined,
      placement: undefined,
    };
    return { kind: 'granted', grant };
  }

  #release(order: ReleaseOrder, nowMs: number, effects: Effect[]): ReleaseAnswer {
    const key = order.idempotencyKey === '' ? undefined : ownKey(order.holderId, order.idempotencyKey);
    const named = this.#book.get(order.leaseId);
    // Another's lease is as good as unknown. One rebuilt from an engine's report has no holder yet.
    if (named !== undefined && named.holderId !== '' && named.holderId !== order.holderId)
      return { released: false, leaseId: undefined, blockedMs: 0, blocked: { count: 0, first: [] } };
    const lease = named ?? (key === undefined ? undefined : this.#book.ofKey(key));
    if (lease !== undefined) {
      const blocked = this.#allocator.blockedBy(lease);
      const blockedMs = this.#book.end(lease, nowMs);
      effects.push({ type: 'released', lease, outcome: order.outcome, blockedMs });
      this.#allocator.grantAll({ reason: 'after_release', leaseId: lease.leaseId }, nowMs, effects);
      return { released: true, leaseId: lease.leaseId, blockedMs, blocked };
    }
    if (order.leaseId !== '') this.#book.noteEnded(order.leaseId, nowMs);
    const waiter = key === undefined ? undefined : this.#allocator.ofKey(key);
    // The Acquire of this key may still be on its way: it must not be granted when it comes.
    if (key !== undefined && this.#book.endedKey(key, nowMs) === undefined) this.#book.endKey(key, nowMs);
    const withdrawn = waiter !== undefined && this.#allocator.leave(waiter, 'withdrawn', nowMs, effects);
    return { released: withdrawn, leaseId: undefined, blockedMs: 0, blocked: { count: 0, first: [] } };
  }

  #decided<Answer>(answer: Answer, nowMs: number, effects: Effect[]): Decision<Answer> {
    this.#allocator.measureBlocking(nowMs);
    this.#desk.sendOrders(effects);
    return { answer, effects };
  }
}

function refused(refusal: Refusal): AcquireAnswer {
  return { kind: 'refused', refusal };
}
