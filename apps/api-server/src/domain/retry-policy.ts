import {
  engineFailure,
  engineLost,
  leaseLost,
  leaseRefused,
  type Failure,
  type InnerFailure,
  type TokensSent,
} from './failure.ts';

/** Why a request is tried once more; each happens at most once per request. */
export type RetryReason = 'refused' | 'lost' | 'busy';

/** How a lease ended, as the coordinator is told. */
export type LeaseOutcome = 'done' | 'cancelled' | 'failed' | 'refused' | 'raced';

/** A Generate that failed, and what bears on trying again. */
export interface FailedAttempt {
  readonly failure: InnerFailure;
  /** True where it failed because its lease is not honoured any more, by whose word ever. */
  readonly leaseLost: boolean;
  readonly tokensSent: TokensSent;
  /** True where another live engine may serve the model. */
  readonly otherEngine: boolean;
  /** Until the caller's deadline; Infinity where there is none. */
  readonly remainingMs: number;
}

/** What to do after a Generate that failed. */
export type NextStep =
  /** Ask the same engine again, on the same lease, after a pause. */
  | { readonly kind: 'same-lease'; readonly reason: RetryReason; readonly afterMs: number }
  /**
   * Give the lease back and acquire another: one that replaces it, or one on an engine other
   * than its own. `otherwise` is the answer if none is to be had.
   */
  | {
      readonly kind: 'new-lease';
      readonly reason: RetryReason;
      readonly releaseAs: LeaseOutcome;
      readonly otherwise: Failure;
    }
  | { readonly kind: 'fail'; readonly failure: Failure; readonly releaseAs: LeaseOutcome };

/**
 * Decides after a failed Generate. Nothing is tried again once the caller has a token: it could
 * not tell where the second text begins.
 */
export function nextStep(attempt: FailedAttempt, spent: ReadonlySet<RetryReason>): NextStep {
  const { failure, tokensSent, otherEngine, remainingMs } = attempt;
  const gone = attempt.leaseLost ? leaseLost : engineLost;
  const untouched = tokensSent === undefined || tokensSent === 0;
  switch (attempt.leaseLost ? 'UNAVAILABLE' : failure.code) {
    case 'FAILED_PRECONDITION':
      if (untouched && !spent.has('refused')) {
        return { kind: 'new-lease', reason: 'refused', releaseAs: 'refused', otherwise: leaseRefused() };
      }
      return { kind: 'fail', failure: leaseRefused(), releaseAs: 'refused' };
    case 'RESOURCE_EXHAUSTED': {
      // Without a hint it is a matter of size, which waiting does not mend.
      const afterMs = failure.retryAfterMs;
      if (untouched && afterMs !== undefined && afterMs < remainingMs && !spent.has('busy')) {
        return { kind: 'same-lease', reason: 'busy', afterMs };
      }
      return { kind: 'fail', failure: engineFailure(failure, tokensSent), releaseAs: 'refused' };
    }
    case 'UNAVAILABLE':
    case 'CANCELLED':
      if (untouched && otherEngine && !spent.has('lost')) {
        return { kind: 'new-lease', reason: 'lost', releaseAs: 'failed', otherwise: gone(tokensSent) };
      }
      return { kind: 'fail', failure: gone(tokensSent), releaseAs: 'failed' };
    case 'INVALID_ARGUMENT':
    case 'NOT_FOUND':
      return { kind: 'fail', failure: engineFailure(failure, tokensSent), releaseAs: 'refused' };
    case 'DEADLINE_EXCEEDED':
      return { kind: 'fail', failure: engineFailure(failure, tokensSent), releaseAs: 'cancelled' };
    default:
      return { kind: 'fail', failure: engineFailure(failure, tokensSent), releaseAs: 'failed' };
  }
}
