import { RpcError } from '@ryzanstein/rpc';
import { invalidRequest, type Failure, type Violation } from './domain/failure.ts';

/** Tells the caller how much text it has: a request that sent some is not simply sent again. */
const tokensSentTrailer = 'x-tokens-sent';

/** What goes with a failure on its way out. */
export interface FailureContext {
  /** For the log; never sent. */
  readonly cause?: unknown;
  /** Tokens that the caller already has. */
  readonly tokensSent?: number;
}

/** Trailers that say so; none where there is nothing to say. */
export function tokensSentTrailers(tokensSent: number): Readonly<Record<string, string>> {
  return tokensSent === 0 ? {} : { [tokensSentTrailer]: String(tokensSent) };
}

/** Whether an engine ended a request because the coordinator revoked its lease: the engine itself is well. */
export function saysLeaseRevoked({ trailers }: RpcError): boolean {
  return trailers['x-lease-revoked'] !== undefined;
}

/** The error that tells a caller of a failure. */
export function toRpcError(failure: Failure, { cause, tokensSent = 0 }: FailureContext = {}): RpcError {
  const { code, message, violations, retryAfterMs } = failure;
  return new RpcError(code, message, {
    ...(violations === undefined ? {} : { violations }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    trailers: tokensSentTrailers(tokensSent),
    cause,
  });
}

/** The error for a request that its caller gave up, or whose deadline passed. */
export function abortError(signal: AbortSignal, tokensSent = 0): RpcError {
  const reason = RpcError.from(signal.reason);
  if (tokensSent === 0) return reason;
  return new RpcError(reason.code, reason.message, {
    ...(reason.retryAfterMs === undefined ? {} : { retryAfterMs: reason.retryAfterMs }),
    trailers: { ...reason.trailers, ...tokensSentTrailers(tokensSent) },
    cause: reason,
  });
}

/** Throws INVALID_ARGUMENT with all violations, if there are any. */
export function refuse(violations: readonly Violation[]): void {
  if (violations.length > 0) throw toRpcError(invalidRequest(violations));
}
