import { AsyncLocalStorage } from 'node:async_hooks';
import type { AcquireRequestInit, Lease } from '@ryzanstein/contracts/gpu';
import { RpcError } from '@ryzanstein/rpc';
import type { Logger } from '@ryzanstein/runtime';
import type { LeaseOutcome } from './domain/retry-policy.ts';
import type { LeaseRenewal } from './lease-renewal.ts';
import type { CallLimits, Coordinator, GiveBack } from './ports.ts';

/** A lease in use: renewed until it is given back. */
export interface Grant {
  readonly lease: Lease;
  /** Aborts when the coordinator no longer honours the lease. */
  readonly lost: AbortSignal;
  /** Returns at once, never throws; only the first call counts. */
  giveBack(outcome: LeaseOutcome): void;
}

/** What a request says of the lease it wants; the desk adds who asks. */
export type LeaseWish = Omit<AcquireRequestInit, 'holderId' | 'idempotencyKey'> & {
  readonly clientId: string;
};

/** Where requests take leases, and give them back. */
export interface LeaseDesk {
  /**
   * Waits for a lease. Rejects with the coordinator's RpcError, or CANCELLED or
   * DEADLINE_EXCEEDED; whatever was granted nevertheless is given back.
   */
  acquire(wish: LeaseWish, limits: CallLimits): Promise<Grant>;
  /** Resolves when everything that was given back until now has arrived, or was given up. */
  settled(): Promise<void>;
}

export interface LeaseDeskDeps {
  readonly coordinator: Pick<Coordinator, 'acquire' | 'release'>;
  readonly renewal: Pick<LeaseRenewal, 'hold'>;
  /** Names this process start to the coordinator. */
  readonly holderId: string;
  readonly logger: Logger;
}

export function createLeaseDesk({ coordinator, renewal, holderId, logger }: LeaseDeskDeps): LeaseDesk {
  const releasing = new Set<Promise<void>>();
  let wishes = 0;

  function release(giveBack: GiveBack): void {
    const released = coordinator.release(giveBack).catch((reason: unknown) => {
      logger.warn(
        { lease_id: giveBack.leaseId, err: reason },
        'a lease could not be given back; it ends with its time to live',
      );
    });
    releasing.add(released);
    void released.then(() => releasing.delete(released));
  }

  return {
    async acquire(wish, limits) {
      // Nothing was asked for, so nothing can have been granted.
      if (limits.signal?.aborted) throw RpcError.from(limits.signal.reason);
      const idempotencyKey = `${holderId}/${(wishes += 1)}`;
      // A reader that leaves ends the request from its own context; the lease is given back in
      // the context, and so in the trace, in which it was asked for.
      const inContext = AsyncLocalStorage.snapshot();
      let lease: Lease;
      try {
        lease = await coordinator.acquire({ ...wish, holderId, idempotencyKey }, limits);
      } catch (reason) {
        const failure = RpcError.from(reason);
        if (grantMayHaveRaced(failure, limits)) {
          inContext(() => release({ idempotencyKey, outcome: 'raced' }));
        }
        throw failure;
      }
      const { leaseId } = lease;
      if (limits.signal?.aborted) {
        inContext(() => release({ leaseId, idempotencyKey, outcome: 'raced' }));
        throw RpcError.from(limits.signal.reason);
      }
      const { epoch, engineId, deviceId, slots, ttlMs } = lease;
      const renewed = renewal.hold({
        leaseId,
        epoch,
        engineId,
        deviceId,
        slots,
        ttlMs,
        clientId: wish.clientId,
      });
      let held = true;
      return {
        lease,
        lost: renewed.lost,
        giveBack(outcome) {
          if (!held) return;
          held = false;
          renewed.drop();
          inContext(() => release({ leaseId, idempotencyKey, outcome }));
        },
      };
    },
    async settled() {
      while (releasing.size > 0) await Promise.all(releasing);
    },
  };
}

/**
 * True where the call ended on this side, so that a grant may be on its way. Where the
 * connection broke, the grant ends with its time to live: a coordinator that is away could not
 * be told.
 */
function grantMayHaveRaced(failure: RpcError, { signal }: CallLimits): boolean {
  return signal?.aborted === true || failure.code === 'CANCELLED' || failure.code === 'DEADLINE_EXCEEDED';
}
