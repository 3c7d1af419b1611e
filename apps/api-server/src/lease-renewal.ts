import type { Clock, Logger, Timer } from '@ryzanstein/runtime';
import {
  createLeaseKeeper,
  leaseKeeperTimes,
  type HeldLease,
  type KeeperEffect,
  type KeeperEvent,
  type LeaseKeeperTimes,
} from './domain/lease-keeper.ts';
import type { Coordinator, KeepAliveStream } from './ports.ts';

/** Keeps the leases of this process alive. */
export interface LeaseRenewal {
  /** Opens the stream, and from then on keeps one open. */
  start(): void;
  /** Renews this lease from now on. The signal aborts if the coordinator no longer honours it. */
  hold(lease: HeldLease): { readonly lost: AbortSignal; drop(): void };
  /** Ends the stream; nothing is renewed any more. */
  close(): void;
}

export interface LeaseRenewalDeps {
  readonly coordinator: Pick<Coordinator, 'keepAlive'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly times?: LeaseKeeperTimes;
}

/** Runs the lease keeper: its clock, its stream, and the requests that hold the leases. */
export function createLeaseRenewal(deps: LeaseRenewalDeps): LeaseRenewal {
  const { coordinator, clock, logger } = deps;
  const keeper = createLeaseKeeper(deps.times ?? leaseKeeperTimes);
  const losers = new Map<string, AbortController>();
  let stream: KeepAliveStream | undefined;
  let timer: Timer | undefined;
  let timerDueMs = Infinity;
  let closed = false;

  function handle(event: KeeperEvent): void {
    if (closed) return;
    for (const effect of keeper.handle(event, clock.monotonicMs())) perform(effect);
    schedule();
  }

  function perform(effect: KeeperEffect): void {
    switch (effect.kind) {
      case 'open':
        stream = open();
        break;
      case 'send':
        stream?.send(effect.leases);
        break;
      case 'abandon':
        logger.warn(
          { leases: keeper.held.size },
          'the coordinator stopped answering; leases are renewed anew',
        );
        stream?.abandon();
        stream = undefined;
        break;
      case 'lost':
        logger.warn({ lease_ids: effect.leaseIds }, 'the coordinator no longer honours these leases');
        for (const leaseId of effect.leaseIds) losers.get(leaseId)?.abort();
        break;
    }
  }

  function open(): KeepAliveStream {
    const opened = coordinator.keepAlive({
      answered: (lostLeaseIds, nextWithinMs) => {
        // An answer on an abandoned stream speaks of a list that was given up.
        if (stream === opened) handle({ kind: 'answered', lostLeaseIds, nextWithinMs });
      },
      closed: (reason) => {
        if (stream !== opened) return;
        stream = undefined;
        logger.debug({ err: reason, leases: keeper.held.size }, 'the lease stream ended; it is opened again');
        handle({ kind: 'closed' });
      },
    });
    return opened;
  }

  function schedule(): void {
    const dueMs = keeper.wakeAtMs ?? Infinity;
    // An earlier timer that is still set only wakes the keeper for nothing; that costs less than
    // a new timer for every lease that comes and goes.
    if (dueMs >= timerDueMs || dueMs === Infinity) return;
    timer?.cancel();
    timerDueMs = dueMs;
    timer = clock.after(Math.max(0, dueMs - clock.monotonicMs()), () => {
      timer = undefined;
      timerDueMs = Infinity;
      handle({ kind: 'woke' });
    });
  }

  return {
    start: () => handle({ kind: 'woke' }),
    hold(lease) {
      const controller = new AbortController();
      losers.set(lease.leaseId, controller);
      handle({ kind: 'held', lease });
      return {
        lost: controller.signal,
        drop() {
          losers.delete(lease.leaseId);
          handle({ kind: 'dropped', leaseId: lease.leaseId });
        },
      };
    },
    close() {
      closed = true;
      timer?.cancel();
      stream?.abandon();
      stream = undefined;
    },
  };
}
