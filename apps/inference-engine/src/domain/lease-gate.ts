/** A lease as a request shows it. */
export interface LeaseClaim {
  readonly leaseId: string;
  /** Fencing number: grows with each grant. */
  readonly epoch: bigint;
  /** The connection that it came on: only there its loss may be told, too. */
  readonly from?: string;
}

/** What the coordinator says about leases; each command replaces the one before. */
export interface LeaseCommand {
  /** Leases with a lower epoch are refused. */
  readonly minEpoch: bigint;
  /** Leases to refuse, and to cancel where they run. */
  readonly revoked: ReadonlySet<string>;
}

/** A lease that runs now. */
export interface RunningLease {
  readonly leaseId: string;
  readonly epoch: bigint;
  /** Sequences that run or wait under it. */
  readonly sequences: number;
}

/** Leave to run, or why not, as a sentence. */
export type LeaseDecision =
  | { readonly kind: 'granted'; readonly hold: LeaseHold }
  | { readonly kind: 'refused'; readonly reason: string };

/** A sequence's hold on its lease. */
export interface LeaseHold {
  /** The sequence has ended. */
  release(): void;
}

interface Running {
  readonly epoch: bigint;
  /** What ends each sequence under it, and the connection that it came on. */
  readonly revoke: Map<(leaseId: string) => void, string | undefined>;
}

/**
 * Which leases may run here. Valid ones may come in any order; refused are only those that the
 * coordinator ruled out. What runs goes on while the coordinator is away.
 */
export class LeaseGate {
  readonly #required: boolean;
  readonly #onChange: () => void;
  readonly #running = new Map<string, Running>();
  #command: LeaseCommand = { minEpoch: 0n, revoked: new Set() };
  #highestEpoch = 0n;

  /**
   * @param required whether a request without a lease is refused.
   * @param onChange told when the running leases change.
   */
  constructor(required: boolean, onChange: () => void = () => {}) {
    this.#required = required;
    this.#onChange = onChange;
  }

  /** Highest epoch seen in a lease that was let in; a new coordinator starts above it. */
  get highestEpoch(): bigint {
    return this.#highestEpoch;
  }

  get running(): readonly RunningLease[] {
    return Array.from(this.#running, ([leaseId, { epoch, revoke }]) => ({
      leaseId,
      epoch,
      sequences: revoke.size,
    }));
  }

  /** Lets a sequence in, or not. `onRevoked` is called at most once, if the lease is revoked while held. */
  enter({ leaseId, epoch, from }: LeaseClaim, onRevoked: (leaseId: string) => void): LeaseDecision {
    if (leaseId === '')
      return this.#required
        ? { kind: 'refused', reason: 'a lease of the gpu-coordinator is required, and lease_id is empty' }
        : { kind: 'granted', hold: { release: () => {} } };
    const { minEpoch, revoked } = this.#command;
    if (revoked.has(leaseId)) return { kind: 'refused', reason: `lease ${leaseId} was revoked` };
    if (epoch < minEpoch)
      return {
        kind: 'refused',
        reason: `lease ${leaseId} has epoch ${epoch}, below the coordinator's minimum ${minEpoch}`,
      };
    if (epoch > this.#highestEpoch) this.#highestEpoch = epoch;

    const running = this.#running.get(leaseId) ?? { epoch, revoke: new Map() };
    // A function of its own, so that two sequences with the same callback count as two.
    const revoke = (id: string): void => onRevoked(id);
    running.revoke.set(revoke, from);
    this.#running.set(leaseId, running);
    this.#onChange();
    return { kind: 'granted', hold: { release: () => this.#release(leaseId, running, revoke) } };
  }

  /** Takes the coordinator's word: revoked leases that run are cancelled before this returns. */
  apply(command: LeaseCommand): void {
    this.#command = command;
    for (const leaseId of command.revoked) {
      const running = this.#running.get(leaseId);
      if (running === undefined) continue;
      for (const revoke of [...running.revoke.keys()]) revoke(leaseId);
    }
  }

  /**
   * Takes the word of whoever came with a lease that it is lost: what came on the same connection is
   * cancelled. Whether the lease may come again is the coordinator's to say.
   */
  lost(leaseId: string, from: string): void {
    for (const [revoke, cameFrom] of [...(this.#running.get(leaseId)?.revoke ?? [])])
      if (cameFrom === from) revoke(leaseId);
  }

  #release(leaseId: string, running: Running, revoke: (leaseId: string) => void): void {
    if (!running.revoke.delete(revoke)) return;
    if (running.revoke.size === 0) this.#running.delete(leaseId);
    this.#onChange();
  }
}
