import { RpcError } from '@ryzanstein/rpc';

/** A lease that may not run here. */
export function leaseRefused(reason: string): RpcError {
  return new RpcError('FAILED_PRECONDITION', `The engine refuses: ${reason}.`);
}

/** With a trailer that tells it from an engine that goes away. */
export function leaseRevoked(leaseId: string): RpcError {
  return new RpcError('UNAVAILABLE', `Lease ${leaseId} was revoked.`, {
    trailers: { 'x-lease-revoked': leaseId },
  });
}

/** One request more than may wait. */
export function queueFull({
  queued,
  retryAfterMs,
}: {
  readonly queued: number;
  readonly retryAfterMs: number;
}): RpcError {
  return new RpcError('RESOURCE_EXHAUSTED', `The engine's queue of ${queued} requests is full.`, {
    retryAfterMs,
  });
}

/** Nothing new is begun. */
export function closed(): RpcError {
  return new RpcError('UNAVAILABLE', 'The engine is shutting down.');
}

/** What the server that runs the model has no way to. */
export function notOffered(what: string, reason: string): RpcError {
  return new RpcError('UNIMPLEMENTED', `This engine ${what}: ${reason}.`);
}
