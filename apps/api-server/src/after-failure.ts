import { RpcError } from '@ryzanstein/rpc';
import type { Clock } from '@ryzanstein/runtime';
import type { DeviceView } from './device-view.ts';
import type { TokensSent } from './domain/failure.ts';
import { hasOtherEngine } from './domain/model-catalog.ts';
import { nextStep } from './domain/retry-policy.ts';
import type { Grant } from './lease-desk.ts';
import type { Lessons } from './leasing.ts';
import { remainingMs } from './patience.ts';
import type { Caller } from './reply.ts';
import { abortError, saysLeaseRevoked, toRpcError } from './rpc-errors.ts';

/**
 * Reads a call to an engine that failed after `tokensSent` tokens of its reply. Returns the pause in ms
 * before it is tried on the same lease, or undefined where the lease was given back and another is to be
 * acquired.
 *
 * @throws RpcError what the caller is told, where nothing more is tried.
 */
export function afterFailure(
  { clock, view }: { readonly clock: Clock; readonly view: Pick<DeviceView, 'catalog'> },
  reason: unknown,
  caller: Caller,
  grant: Grant,
  lessons: Lessons,
  tokensSent: TokensSent,
): number | undefined {
  const told = { cause: reason, tokensSent: caller.streams ? (tokensSent ?? 0) : 0 };
  if (caller.signal.aborted) throw abortError(caller.signal, told.tokensSent);
  const failure = RpcError.from(reason);
  const { leaseId, engineId, model } = grant.lease;
  const otherEngine = hasOtherEngine(view.catalog, model, [engineId, ...lessons.avoidEngineIds]);
  const leaseLost = grant.lost.aborted || saysLeaseRevoked(failure);
  const attempt = { failure, leaseLost, tokensSent, otherEngine, remainingMs: remainingMs(clock, caller) };
  const step = nextStep(attempt, lessons.spent);
  if (step.kind === 'fail') {
    grant.giveBack(step.releaseAs);
    throw toRpcError(step.failure, told);
  }
  lessons.spent.add(step.reason);
  if (step.kind === 'same-lease') return step.afterMs;
  if (step.reason === 'refused') lessons.replacesLeaseIds.push(leaseId);
  else lessons.avoidEngineIds.push(engineId);
  lessons.otherwise = step.otherwise;
  grant.giveBack(step.releaseAs);
  return undefined;
}
