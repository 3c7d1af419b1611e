import { gpuCoordinator } from '@ryzanstein/contracts';
import type { LeaseEvent } from '@ryzanstein/contracts/gpu';
import { createRpcClient } from '@ryzanstein/rpc';
import { asking, type MeshUnderTest } from './mesh-under-test.ts';
import { until } from './stored-trace.ts';

/** A lease, by its id and by the request that had it. */
export interface Holder {
  readonly leaseId: string;
  readonly requestId: string;
}

/** A request that waited: what was held when it queued, oldest first, and whose end let it in. */
export interface WaitedFor {
  readonly leaseId: string;
  readonly behind: readonly Holder[];
  readonly releasedBy: Holder | undefined;
}

/** What the coordinator's own events tell, by request id. All requests must want the same devices. */
export interface LeaseHistory {
  readonly waits: ReadonlyMap<string, WaitedFor>;
  /** Request ids that waited when the lease of a request was released. */
  readonly waitingAtRelease: ReadonlyMap<string, ReadonlySet<string>>;
}

const ends: ReadonlySet<string> = new Set(['KIND_RELEASED', 'KIND_REVOKED', 'KIND_LEFT']);

/** Follows every lease of a mesh's coordinator from now on, until so many requests have ended. No request may run yet. */
export async function followLeases(
  under: Pick<MeshUnderTest, 'chat' | 'mesh'>,
): Promise<{ readonly events: LeaseEvent[]; stop(requests: number): Promise<LeaseHistory> }> {
  const client = createRpcClient(gpuCoordinator, under.mesh.addresses.gpu.grpc);
  const stream = client.WatchLeases({});
  const events: LeaseEvent[] = [];
  const read = async (): Promise<void> => {
    try {
      for await (const event of stream) events.push(event);
    } catch {
      // It was ended from here; that events are missing would show in what is compared with them.
    }
  };
  void read();
  // A watch says nothing before the first event, so something has to happen.
  await until(
    async () => {
      if (events.length === 0) await under.chat(asking('Hi', { maxTokens: 1 }));
      return events.at(-1)?.kind;
    },
    (kind) => kind === 'KIND_RELEASED',
    10_000,
  );
  const from = events.length;
  return {
    events,
    async stop(requests) {
      // Events come behind the answers to the requests that they are about.
      await until(
        async () => events.slice(from).filter(({ kind }) => ends.has(kind)).length,
        (ended) => ended >= requests,
        10_000,
      );
      stream.cancel();
      client.close();
      return replay(events);
    },
  };
}

function replay(events: readonly LeaseEvent[]): LeaseHistory {
  const held = new Map<string, Holder>();
  const queued = new Map<string, readonly Holder[]>();
  const waits = new Map<string, WaitedFor>();
  const waitingAtRelease = new Map<string, ReadonlySet<string>>();
  let ended: Holder | undefined;
  for (const { kind, leaseId, requestId } of events) {
    switch (kind) {
      case 'KIND_WAITING':
        queued.set(requestId, [...held.values()]);
        break;
      case 'KIND_LEFT':
        queued.delete(requestId);
        ended = undefined;
        break;
      case 'KIND_RELEASED':
      case 'KIND_REVOKED':
        ended = { leaseId, requestId };
        held.delete(leaseId);
        waitingAtRelease.set(requestId, new Set(queued.keys()));
        break;
      default: {
        const behind = queued.get(requestId);
        if (behind !== undefined) waits.set(requestId, { leaseId, behind, releasedBy: ended });
        queued.delete(requestId);
        held.set(leaseId, { leaseId, requestId });
      }
    }
  }
  return { waits, waitingAtRelease };
}
