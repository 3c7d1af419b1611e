import type { Clock } from '@ryzanstein/runtime';
import type { Grant } from './lease-desk.ts';
import type { Engines } from './ports.ts';
import type { Caller } from './reply.ts';

// An engine answers within a few milliseconds; for so long a caller reads on without a lease.
const ownEndWithinMs = 250;

/**
 * What cancels a call to an engine: its caller leaves, or its lease is lost. Of a loss the engine is told
 * first, so that it can end the call for the reason that it has; by a cancel alone it could not tell a lost
 * lease from a caller who left.
 */
export function callSignal(
  { clock, engines }: { readonly clock: Clock; readonly engines: Pick<Engines, 'endLease'> },
  caller: Pick<Caller, 'signal'>,
  { lease: { engineAddress, leaseId }, lost }: Grant,
): AbortSignal {
  if (lost.aborted) return AbortSignal.any([caller.signal, lost]);
  const overdue = new AbortController();
  const onLost = (): void => {
    clock.after(ownEndWithinMs, () => overdue.abort());
    const told = engines.endLease(engineAddress, leaseId, { timeoutMs: ownEndWithinMs });
    told.catch(() => overdue.abort());
  };
  lost.addEventListener('abort', onLost, { once: true });
  return AbortSignal.any([caller.signal, overdue.signal]);
}
