import { RpcError } from '@ryzanstein/rpc';
import type { Logger } from '@ryzanstein/runtime';
import type { TraceContext } from '@ryzanstein/tracing';
import type { Effect, EngineOrders, Grant, Refusal } from './domain/decision.ts';
import type { Lease, Waiter } from './domain/lease.ts';
import type { LeaseChange, LeaseFeed } from './lease-feed.ts';
import type { Outbox } from './outbox.ts';
import type { LeaseTrace } from './ports.ts';

/** What became of a wish for a lease. */
export type Settlement =
  | { readonly kind: 'granted'; readonly grant: Grant; readonly admittedBy?: LeaseTrace | undefined }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** The callers that wait for one waiter: repeated Acquires of one key wait together. */
export interface Pending {
  readonly trace: TraceContext;
  /** The leases held when it queued, as far as their requests are known. */
  readonly behind: readonly LeaseTrace[];
  readonly callers: Set<(settlement: Settlement) => void>;
}

/** Carries out what the coordinator decides about others than the one who asked. */
export class EffectRunner {
  /** Where the orders for an engine go, by stream. */
  readonly engineStreams = new Map<number, Outbox<EngineOrders>>();
  readonly #logger: Logger;
  readonly #feed: LeaseFeed;
  readonly #pending = new Map<Waiter, Pending>();
  /** The Acquire call of each waiter, also of one that waits no more: a decision may still speak of it. */
  readonly #askers = new WeakMap<Waiter, TraceContext>();
  /** The Acquire call of each lease that is out, so that those who wait behind it can point to it. */
  readonly #traces = new Map<string, TraceContext>();

  constructor(logger: Logger, feed: LeaseFeed) {
    this.#logger = logger;
    this.#feed = feed;
  }

  pendingOf(waiter: Waiter): Pending {
    const pending = this.#pending.get(waiter);
    if (pending === undefined) throw new Error('the waiter is not waiting');
    return pending;
  }

  /** The request ids of waiters, as far as they are known. */
  requestIdsOf(waiters: readonly Waiter[]): string[] {
    return waiters.flatMap((waiter) => this.#askers.get(waiter)?.requestId ?? []);
  }

  /** `asker` is the call whose wish led to these effects, where it was an Acquire. */
  run(effects: readonly Effect[], asker: TraceContext | undefined): void {
    const ended: string[] = [];
    for (const effect of effects) {
      this.#run(effect, asker);
      if (effect.type === 'released' || effect.type === 'revoked') ended.push(effect.lease.leaseId);
    }
    // Not before, for a grant among the effects may point to the lease that made room for it.
    for (const leaseId of ended) this.#traces.delete(leaseId);
  }

  heldNow(leases: readonly Lease[]): LeaseChange[] {
    return leases.map((lease) => this.#change('HELD', lease, ''));
  }

  #run(effect: Effect, asker: TraceContext | undefined): void {
    switch (effect.type) {
      case 'queued': {
        const behind = effect.behind.flatMap((leaseId) => this.#traceOf(leaseId) ?? []);
        if (asker !== undefined) {
          this.#pending.set(effect.waiter, { trace: asker, behind, callers: new Set() });
          this.#askers.set(effect.waiter, asker);
        }
        this.#publishWaiter('WAITING', effect.waiter, '');
        return;
      }
      case 'granted': {
        const { waiter, grant } = effect;
        const trace = this.#pending.get(waiter)?.trace ?? asker;
        if (trace !== undefined) this.#traces.set(grant.lease.leaseId, trace);
        this.#publish('GRANTED', grant.lease, grant.reason);
        const admittedBy = grant.admittedBy === undefined ? undefined : this.#traceOf(grant.admittedBy);
        this.#settle(waiter, { kind: 'granted', grant, admittedBy });
        return;
      }
      case 'refused':
        this.#publishWaiter('LEFT', effect.waiter, effect.refusal.kind);
        this.#settle(effect.waiter, { kind: 'refused', refusal: effect.refusal });
        return;
      case 'left':
        this.#publishWaiter('LEFT', effect.waiter, effect.cause);
        this.#settle(effect.waiter, { kind: 'refused', refusal: { kind: 'key_ended' } });
        return;
      case 'released':
        this.#publish('RELEASED', effect.lease, effect.outcome);
        this.#logger.debug(
          { lease_id: effect.lease.leaseId, outcome: effect.outcome, blocked_ms: effect.blockedMs },
          'lease released',
        );
        return;
      case 'revoked': {
        const { lease, reason, blockedMs } = effect;
        this.#publish('REVOKED', lease, reason);
        const { leaseId: lease_id, holderId: holder_id } = lease;
        const fields = {
          lease_id,
          holder_id,
          engine_id: lease.place.engineId,
          reason,
          blocked_ms: blockedMs,
        };
        this.#inTraceOf(lease, () => this.#logger.warn(fields, 'lease revoked'));
        return;
      }
      case 'rebuilt':
        this.#publish('HELD', effect.lease, 'rebuilt');
        this.#logger.info(
          {
            lease_id: effect.lease.leaseId,
            engine_id: effect.lease.place.engineId,
            slots: effect.lease.slots,
          },
          'lease rebuilt',
        );
        return;
      case 'orders':
        this.engineStreams.get(effect.streamId)?.put(effect.orders);
        return;
      case 'superseded':
        this.engineStreams
          .get(effect.streamId)
          ?.end(new RpcError('ABORTED', 'A newer stream speaks for this engine, or for its address.'));
        this.engineStreams.delete(effect.streamId);
        return;
      case 'engine':
        this.#logger.info(
          { engine_id: effect.engineId, engine_address: effect.address, change: effect.change },
          `engine ${effect.change}`,
        );
        return;
      case 'term':
        this.#logger.info({ term: String(effect.term) }, 'took a term above that of an earlier coordinator');
    }
  }

  #settle(waiter: Waiter, settlement: Settlement): void {
    const pending = this.#pending.get(waiter);
    this.#pending.delete(waiter);
    for (const settle of pending?.callers ?? []) settle(settlement);
  }

  #traceOf(leaseId: string): LeaseTrace | undefined {
    const trace = this.#traces.get(leaseId);
    return trace === undefined ? undefined : { leaseId, trace };
  }

  #inTraceOf(lease: Lease, fn: () => void): void {
    const trace = this.#traces.get(lease.leaseId);
    if (trace === undefined) fn();
    else trace.run(fn);
  }

  #publish(kind: LeaseChange['kind'], lease: Lease, reason: string): void {
    if (this.#feed.watched) this.#feed.publish(this.#change(kind, lease, reason));
  }

  #publishWaiter(kind: LeaseChange['kind'], waiter: Waiter, reason: string): void {
    if (!this.#feed.watched) return;
    const { clientId, holderId } = waiter.request;
    const requestId = this.#pending.get(waiter)?.trace.requestId;
    this.#feed.publish({
      kind,
      leaseId: '',
      epoch: 0n,
      gpuId: undefined,
      clientId,
      holderId,
      requestId,
      reason,
    });
  }

  #change(kind: LeaseChange['kind'], lease: Lease, reason: string): LeaseChange {
    const { leaseId, epoch, clientId, holderId, place } = lease;
    const requestId = this.#traces.get(leaseId)?.requestId;
    return { kind, leaseId, epoch, gpuId: place.gpuId, clientId, holderId, requestId, reason };
  }
}
