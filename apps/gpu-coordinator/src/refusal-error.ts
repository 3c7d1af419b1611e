import { RpcError } from '@ryzanstein/rpc';
import type { Refusal } from './domain/decision.ts';
import type { LeaseRequest } from './domain/lease.ts';

/** When a retry has a chance, where one has; ms. */
const RETRY_AFTER_MS = 1_000;

/** The one table from refusals to gRPC statuses. */
export function refusalError(request: LeaseRequest, refusal: Refusal): RpcError {
  switch (refusal.kind) {
    case 'no_device':
      return new RpcError('UNAVAILABLE', 'No device is available now.', { retryAfterMs: RETRY_AFTER_MS });
    case 'no_model':
      return new RpcError(
        'NOT_FOUND',
        `No device has the model ${JSON.stringify(request.model)}; there are: ${refusal.models.join(', ')}.`,
      );
    case 'all_avoided':
      return new RpcError('UNAVAILABLE', 'Every engine with the model has failed this request.', {
        retryAfterMs: RETRY_AFTER_MS,
      });
    case 'too_many_slots':
      return new RpcError('INVALID_ARGUMENT', `No device runs ${request.slots} sequences at once.`, {
        violations: [
          { field: 'slots', description: `is ${request.slots}, more than any device has (${refusal.most})` },
        ],
      });
    case 'queue_full':
      return new RpcError('RESOURCE_EXHAUSTED', `The queue is full: ${refusal.waiting} requests wait.`, {
        retryAfterMs: RETRY_AFTER_MS,
      });
    case 'key_ended':
      return new RpcError('CANCELLED', 'What was acquired with this idempotency key has been released.');
    case 'draining':
      return new RpcError('UNAVAILABLE', 'The coordinator is shutting down.', {
        retryAfterMs: RETRY_AFTER_MS,
      });
  }
}
