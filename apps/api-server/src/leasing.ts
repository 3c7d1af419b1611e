import { RpcError } from '@ryzanstein/rpc';
import type { Clock } from '@ryzanstein/runtime';
import type { DeviceView } from './device-view.ts';
import { acquireFailure, type Failure } from './domain/failure.ts';
import { servedIds } from './domain/model-catalog.ts';
import type { RetryReason } from './domain/retry-policy.ts';
import type { Caller } from './reply.ts';
import type { Grant, LeaseDesk, LeaseWish } from './lease-desk.ts';
import { callLimits } from './patience.ts';
import type { RequestRecord } from './request-record.ts';
import { abortError, toRpcError } from './rpc-errors.ts';

/** What the failed attempts of a request ask of its next lease. */
export interface Lessons {
  readonly spent: Set<RetryReason>;
  readonly replacesLeaseIds: string[];
  readonly avoidEngineIds: string[];
  /** The answer where no other lease is to be had. */
  otherwise?: Failure;
}

/** The lease that a request wants. */
export interface WantedLease extends Pick<LeaseWish, 'kvTokens' | 'priority' | 'prefixKey'> {
  readonly model: string;
}

/** Waits for a lease for a request; rejects with the RpcError that its caller is told. */
export type LeaseRequest = (
  wanted: WantedLease,
  caller: Caller,
  lessons: Lessons,
  record: RequestRecord,
) => Promise<Grant>;

export interface LeasingDeps {
  readonly clock: Clock;
  readonly view: Pick<DeviceView, 'catalog'>;
  readonly desk: Pick<LeaseDesk, 'acquire'>;
}

export function createLeasing({ clock, view, desk }: LeasingDeps): LeaseRequest {
  return async (wanted, caller, lessons, record) => {
    const { model } = wanted;
    const { replacesLeaseIds, avoidEngineIds, otherwise } = lessons;
    const askedMs = clock.monotonicMs();
    try {
      const wish = {
        ...wanted,
        clientId: caller.clientId,
        slots: 1,
        replacesLeaseIds,
        avoidEngineIds,
      };
      const grant = await desk.acquire(wish, callLimits(clock, caller, caller.signal));
      record.leased(grant.lease.leaseId);
      record.served(grant.lease.model);
      return grant;
    } catch (reason) {
      if (caller.signal.aborted) throw abortError(caller.signal);
      const inner = RpcError.from(reason);
      const nobodyElse = inner.code === 'UNAVAILABLE' || inner.code === 'NOT_FOUND';
      const failure =
        nobodyElse && otherwise !== undefined
          ? otherwise
          : acquireFailure(inner, model, servedIds(view.catalog));
      throw toRpcError(failure, { cause: inner });
    } finally {
      record.leaseWaitMs += clock.monotonicMs() - askedMs;
    }
  };
}
