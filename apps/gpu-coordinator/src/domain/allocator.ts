import type { Blocked, Effect, Grant, GrantReason, LeaveCause, Refusal } from './decision.ts';
import type { Device, EngineRegistry } from './engine-registry.ts';
import { FairQueue } from './fair-queue.ts';
import type { LeaseBook } from './lease-book.ts';
import type { Lease, LeaseRequest, Waiter } from './lease.ts';
import { ownKey } from './lease.ts';
import { fits, refusalOf, takesWork } from './placement/fit.ts';
import { place, type Placement } from './placement/place.ts';
import type { Usage } from './placement/usage.ts';

/** Leases named as those in front of a waiter, at most. */
const MAX_BEHIND = 8;
/** Waiters named as those behind a lease, at most. */
const MAX_BLOCKED = 8;
const nobody: Blocked = { count: 0, first: [] };

/** What made room. */
export interface Cause {
  readonly reason: GrantReason;
  readonly leaseId?: string;
}

/** Brings waiters and free slots together. */
export class Allocator {
  readonly #registry: EngineRegistry;
  readonly #book: LeaseBook;
  readonly #queue = new FairQueue<Waiter>();
  readonly #byKey = new Map<string, Waiter>();
  /** Some stopwatch may be running. */
  #measuring = false;

  constructor(registry: EngineRegistry, book: LeaseBook) {
    this.#registry = registry;
    this.#book = book;
  }

  get waiting(): number {
    return this.#queue.size;
  }

  waiters(): Waiter[] {
    return this.#queue.waiters();
  }

  ofKey(key: string): Waiter | undefined {
    return this.#byKey.get(key);
  }

  enter(request: LeaseRequest, nowMs: number): Waiter {
    const { clientId, model: lane, priority, slots } = request;
    const waiter: Waiter = { request, arrivedMs: nowMs, position: 0, clientId, lane, priority, slots };
    this.#queue.add(waiter);
    this.#byKey.set(ownKey(request.holderId, request.idempotencyKey), waiter);
    return waiter;
  }

  /** Notes that a waiter stays: how many are before it, and which leases it waits behind. */
  settleIn(waiter: Waiter): Effect {
    waiter.position = this.#queue.ahead(waiter);
    const behind = this.#registry
      .devices()
      .filter((device) => device.engine.live && fits(waiter.request, device))
      .flatMap((device) => this.#book.ofDevice(device))
      .sort((one, other) => (one.epoch < other.epoch ? -1 : 1))
      .slice(0, MAX_BEHIND);
    return { type: 'queued', waiter, behind: behind.map(({ leaseId }) => leaseId) };
  }

  /** Takes a waiter out. False where it is not waiting any more. */
  remove(waiter: Waiter): boolean {
    if (!this.#queue.remove(waiter)) return false;
    this.#byKey.delete(ownKey(waiter.request.holderId, waiter.request.idempotencyKey));
    return true;
  }

  leave(waiter: Waiter, cause: LeaveCause, nowMs: number, effects: Effect[]): boolean {
    if (!this.remove(waiter)) return false;
    effects.push({ type: 'left', waiter, cause });
    // It may have held back devices for want of more slots than were free.
    this.grantAll({ reason: 'after_leave' }, nowMs, effects);
    return true;
  }

  /** Grants all that can be granted, in order of service. */
  grantAll(cause: Cause, nowMs: number, effects: Effect[]): void {
    if (this.#queue.size === 0) return;
    const open = new Set<Device>();
    for (const device of this.#registry.devices())
      if (takesWork(device.engine) && this.#book.freeSlots(device) > 0) open.add(device);

    const serve = (waiter: Waiter): boolean => {
      const placement = place(waiter.request, this.#usages(open));
      if (placement === undefined) {
        // What is free there is kept for it, or a stream of smaller requests would starve it.
        for (const candidate of open) if (fits(waiter.request, candidate)) open.delete(candidate);
        return false;
      }
      effects.push({ type: 'granted', waiter, grant: this.#grant(waiter, placement, cause, nowMs) });
      const { device } = placement;
      if (this.#book.freeSlots(device) <= 0) open.delete(device);
      return true;
    };
    this.#queue.serveInOrder(serve, () => open.size === 0);
  }

  /** Why a new request cannot be served at all, as things stand; undefined where it can, perhaps later. */
  refusalOfNew(request: LeaseRequest): Refusal | undefined {
    return refusalOf(
      request,
      this.#registry.devices().filter(({ engine }) => engine.live && !engine.draining),
    );
  }

  /** Sends away the waiters that nothing they could hope for can serve any more. */
  refuseHopeless(nowMs: number, effects: Effect[]): void {
    if (this.#queue.size === 0) return;
    const hopedFor = this.#registry.devices().filter(({ engine }) => nowMs < engine.hopeUntilMs);
    for (const waiter of this.#queue.waiters()) {
      const refusal = refusalOf(waiter.request, hopedFor);
      if (refusal === undefined) continue;
      this.remove(waiter);
      effects.push({ type: 'refused', waiter, refusal });
    }
  }

  refuseAll(refusal: Refusal, effects: Effect[]): void {
    for (const waiter of this.#queue.waiters()) {
      this.remove(waiter);
      effects.push({ type: 'refused', waiter, refusal });
    }
  }

  /** Who waits for the slots that a lease holds: whoever could run on its device. */
  blockedBy({ place }: Lease): Blocked {
    const device = this.#registry.device(place.engineId, place.deviceId);
    if (this.#queue.size === 0 || device === undefined || !takesWork(device.engine)) return nobody;
    return this.#queue.inLine((waiter) => fits(waiter.request, device), MAX_BLOCKED);
  }

  /** Runs the stopwatch of each device that somebody waits for. */
  measureBlocking(nowMs: number): void {
    if (this.#queue.size === 0 && !this.#measuring) return;
    this.#measuring = this.#queue.size > 0;
    for (const device of this.#registry.devices())
      device.blocked.set(takesWork(device.engine) && this.#isWanted(device), nowMs);
  }

  #isWanted(device: Device): boolean {
    const wants = (waiter: Waiter): boolean => fits(waiter.request, device);
    return this.#queue.some(device.reported.model, wants) || this.#queue.some('', wants);
  }

  #usages(open: ReadonlySet<Device>): Usage[] {
    return this.#registry.devices().map((device) => {
      const { slots, kvTokens } = this.#book.usage(device.engine.engineId, device.reported.deviceId);
      return {
        device,
        leasedSlots: slots,
        promisedKvTokens: kvTokens,
        freeSlots: device.reported.capacity - slots,
        open: open.has(device),
      };
    });
  }

  #grant(waiter: Waiter, placement: Placement, cause: Cause, nowMs: number): Grant {
    const { device, reason, candidates, filtered } = placement;
    device.prefixes.use(waiter.request.prefixKey, device.reported.slots);
    this.#byKey.delete(ownKey(waiter.request.holderId, waiter.request.idempotencyKey));
    return {
      lease: this.#book.grant(waiter, device, nowMs),
      waitedMs: nowMs - waiter.arrivedMs,
      queuePosition: waiter.position,
      reason: cause.reason,
      admittedBy: cause.leaseId,
      placement: { reason, candidates, filtered },
    };
  }
}
