import { RpcError } from '@ryzanstein/rpc';
import type { Clock } from '@ryzanstein/runtime';
import type { DeviceView } from './device-view.ts';
import { acquireFailure, type Failure } from './domain/failure.ts';
import { estimateKvTokens, type GenerationRequest } from './domain/generation-request.ts';
import { servedIds, type ServedModel } from './domain/model-catalog.ts';
import type { RetryReason } from './domain/retry-policy.ts';
import type { Caller } from './reply.ts';
import type { Grant, LeaseDesk } from './lease-desk.ts';
import { callLimits } from './patience.ts';
import { prefixKey } from './prefix-key.ts';
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

/** Waits for a lease for a request; rejects with the RpcError that its caller is told. */
export type LeaseRequest = (
  request: GenerationRequest,
  caller: Caller,
  served: ServedModel | undefined,
  lessons: Lessons,
  record: RequestRecord,
) => Promise<Grant>;

export interface LeasingDeps {
  readonly clock: Clock;
  readonly view: Pick<DeviceView, 'catalog'>;
  readonly desk: Pick<LeaseDesk, 'acquire'>;
}

export function createLeasing({ clock, view, desk }: LeasingDeps): LeaseRequest {
  return async (request, caller, served, lessons, record) => {
    const model = served?.id ?? request.model;
    const { replacesLeaseIds, avoidEngineIds, otherwise } = lessons;
    const askedMs = clock.monotonicMs();
    try {
      const wish = {
        clientId: caller.clientId,
        model,
        slots: 1,
        kvTokens: estimateKvTokens(request, served?.contextLength),
        priority: request.priority ?? 0,
        replacesLeaseIds,
        avoidEngineIds,
        prefixKey: prefixKey(model, request.prompt),
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
