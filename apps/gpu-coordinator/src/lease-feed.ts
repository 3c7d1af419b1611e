import { RpcError } from '@ryzanstein/rpc';
import { Outbox } from './outbox.ts';

/** Changes that may wait for one watcher. */
const MAX_UNREAD = 1_024;

/** One change of a lease, or of the wish for one. */
export interface LeaseChange {
  readonly kind: 'HELD' | 'GRANTED' | 'RELEASED' | 'REVOKED' | 'WAITING' | 'LEFT';
  readonly leaseId: string;
  readonly epoch: bigint;
  readonly gpuId: number | undefined;
  readonly clientId: string;
  readonly holderId: string;
  readonly requestId: string | undefined;
  readonly reason: string;
}

/** Tells watchers of leases; none of them can slow down or exhaust the coordinator. */
export class LeaseFeed {
  readonly #watchers = new Set<Outbox<LeaseChange>>();

  /** Changes need not be made where nobody watches. */
  get watched(): boolean {
    return this.#watchers.size > 0;
  }

  publish(change: LeaseChange): void {
    for (const watcher of this.#watchers) {
      watcher.put(change);
      if (watcher.ended) this.#watchers.delete(watcher);
    }
  }

  /**
   * `first`, then every change until the signal aborts. Ends with RESOURCE_EXHAUSTED where the
   * reader leaves too many unread.
   */
  subscribe(first: readonly LeaseChange[], signal: AbortSignal): AsyncIterable<LeaseChange> {
    const watcher = new Outbox<LeaseChange>({
      capacity: MAX_UNREAD,
      overflow: () =>
        new RpcError(
          'RESOURCE_EXHAUSTED',
          `The watcher reads too slowly: over ${MAX_UNREAD} events waited for it.`,
        ),
    });
    this.#watchers.add(watcher);
    const leave = (): void => {
      this.#watchers.delete(watcher);
      watcher.end();
    };
    signal.addEventListener('abort', leave, { once: true });
    if (signal.aborted) leave();
    return (async function* () {
      try {
        yield* first;
        yield* watcher;
      } finally {
        leave();
        signal.removeEventListener('abort', leave);
      }
    })();
  }
}
