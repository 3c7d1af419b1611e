/** What a holder tells the coordinator of a lease, enough to rebuild it there. */
export interface HeldLease {
  readonly leaseId: string;
  readonly epoch: string;
  readonly engineId: string;
  readonly deviceId: string;
  readonly slots: number;
  readonly ttlMs: number;
  readonly clientId: string;
}

/** What happens to the keeper. */
export type KeeperEvent =
  | { readonly kind: 'held'; readonly lease: HeldLease }
  | { readonly kind: 'dropped'; readonly leaseId: string }
  /** The coordinator answered the oldest list that was unanswered. */
  | { readonly kind: 'answered'; readonly lostLeaseIds: readonly string[]; readonly nextWithinMs: number }
  /** The stream ended, for whatever reason. */
  | { readonly kind: 'closed' }
  /** The time that `wakeAtMs` named has come (coming early or late does no harm). */
  | { readonly kind: 'woke' };

/** What the keeper wants done, in this order. */
export type KeeperEffect =
  /** Open a stream. Whether that works shows as `answered` or `closed`. */
  | { readonly kind: 'open' }
  | { readonly kind: 'send'; readonly leases: readonly HeldLease[] }
  /** Abandon the stream; `closed` is not reported for it any more. */
  | { readonly kind: 'abandon' }
  /** These were held and are not valid any more; they are dropped already. */
  | { readonly kind: 'lost'; readonly leaseIds: readonly string[] };

export interface LeaseKeeperTimes {
  /** How long changes are gathered before a list is sent for them. */
  readonly coalesceMs: number;
  /** Between lists while the coordinator has not said otherwise. */
  readonly renewMs: number;
  /** A list unanswered for so long means that the stream is dead, though open. */
  readonly answerMs: number;
  /** The first pause before a stream is opened again; it doubles up to the second. */
  readonly firstBackoffMs: number;
  readonly longestBackoffMs: number;
}

/**
 * Fits leases of 10 s: even the longest pause, and a lost list before it, leave a reconnect well
 * inside one TTL.
 */
export const leaseKeeperTimes: LeaseKeeperTimes = {
  coalesceMs: 50,
  renewMs: 1_000,
  answerMs: 2_500,
  firstBackoffMs: 100,
  longestBackoffMs: 2_000,
};

/** Part of the time the coordinator allows that is used: a list that is late is a lease lost. */
const renewalShare = 0.8;

/**
 * Renews every lease of this process over one stream, as a machine without clock or network:
 * events in, effects out. While the coordinator is away nothing is given up: the engines go on,
 * and the first list on the next stream rebuilds what the coordinator forgot.
 */
export interface LeaseKeeper {
  readonly held: ReadonlyMap<string, HeldLease>;
  handle(event: KeeperEvent, nowMs: number): KeeperEffect[];
  /** When `woke` is due; never undefined once it has been woken first. */
  readonly wakeAtMs: number | undefined;
}

type Link =
  | { readonly state: 'down'; reconnectAtMs: number }
  | { readonly state: 'up'; renewAtMs: number; sentAtMs: number; unansweredSinceMs: number[] };

export function createLeaseKeeper(times: LeaseKeeperTimes = leaseKeeperTimes): LeaseKeeper {
  const held = new Map<string, HeldLease>();
  // What the coordinator has not been told. A lease that comes and goes in between leaves no trace.
  const untoldHeld = new Set<string>();
  const untoldDropped = new Set<string>();
  let changedAtMs: number | undefined;
  let failures = 0;
  let link: Link = { state: 'down', reconnectAtMs: 0 };
  let awake = false;

  function noteChange(leaseId: string, mine: Set<string>, opposite: Set<string>, nowMs: number): void {
    if (!opposite.delete(leaseId)) mine.add(leaseId);
    if (untoldHeld.size + untoldDropped.size === 0) changedAtMs = undefined;
    else changedAtMs ??= nowMs;
  }

  function send(nowMs: number): KeeperEffect {
    untoldHeld.clear();
    untoldDropped.clear();
    changedAtMs = undefined;
    if (link.state === 'up') {
      link.sentAtMs = nowMs;
      link.renewAtMs = nowMs + times.renewMs;
      link.unansweredSinceMs.push(nowMs);
    }
    return { kind: 'send', leases: [...held.values()] };
  }

  function goDown(nowMs: number): void {
    const pauseMs = Math.min(times.firstBackoffMs * 2 ** failures, times.longestBackoffMs);
    failures = Math.min(failures + 1, 30);
    link = { state: 'down', reconnectAtMs: nowMs + pauseMs };
  }

  function wake(nowMs: number): KeeperEffect[] {
    awake = true;
    if (link.state === 'down') {
      if (nowMs < link.reconnectAtMs) return [];
      link = { state: 'up', renewAtMs: nowMs, sentAtMs: nowMs, unansweredSinceMs: [] };
      return [{ kind: 'open' }, send(nowMs)];
    }
    // Compared as `wakeAtMs` reckons, since a difference may round to less than it was.
    const oldest = link.unansweredSinceMs[0];
    if (oldest !== undefined && nowMs >= oldest + times.answerMs) {
      goDown(nowMs);
      return [{ kind: 'abandon' }];
    }
    const changesDue = changedAtMs !== undefined && nowMs >= changedAtMs + times.coalesceMs;
    return changesDue || nowMs >= link.renewAtMs ? [send(nowMs)] : [];
  }

  function answer(lostLeaseIds: readonly string[], nextWithinMs: number): KeeperEffect[] {
    if (link.state === 'up') {
      failures = 0;
      link.unansweredSinceMs.shift();
      if (nextWithinMs > 0) link.renewAtMs = link.sentAtMs + nextWithinMs * renewalShare;
    }
    const leaseIds = lostLeaseIds.filter((leaseId) => held.delete(leaseId));
    for (const leaseId of leaseIds) untoldHeld.delete(leaseId);
    return leaseIds.length === 0 ? [] : [{ kind: 'lost', leaseIds }];
  }

  return {
    held,
    handle(event, nowMs) {
      switch (event.kind) {
        case 'held':
          held.set(event.lease.leaseId, event.lease);
          noteChange(event.lease.leaseId, untoldHeld, untoldDropped, nowMs);
          return [];
        case 'dropped':
          if (held.delete(event.leaseId)) noteChange(event.leaseId, untoldDropped, untoldHeld, nowMs);
          return [];
        case 'answered':
          return answer(event.lostLeaseIds, event.nextWithinMs);
        case 'closed':
          if (link.state === 'up') goDown(nowMs);
          return [];
        case 'woke':
          return wake(nowMs);
      }
    },
    get wakeAtMs() {
      if (!awake) return undefined;
      if (link.state === 'down') return link.reconnectAtMs;
      const changesAtMs = changedAtMs === undefined ? Infinity : changedAtMs + times.coalesceMs;
      const deadAtMs = (link.unansweredSinceMs[0] ?? Infinity) + times.answerMs;
      return Math.min(link.renewAtMs, changesAtMs, deadAtMs);
    },
  };
}
