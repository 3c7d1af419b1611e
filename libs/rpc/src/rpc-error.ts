import type { Metadata } from '@grpc/grpc-js';
import { statusName, type StatusName } from './status.ts';
import { readErrorMetadata } from './error-metadata.ts';
import type { FieldViolation } from './status-details.ts';

export interface RpcErrorOptions {
  violations?: readonly FieldViolation[];
  /** Milliseconds after which a retry has a chance; absent where a retry does not help. */
  retryAfterMs?: number;
  cause?: unknown;
  /** Text metadata sent to the caller behind the error. */
  trailers?: Readonly<Record<string, string>>;
}

const internalMessage = 'The request failed because of an internal error.';
const received = new WeakSet<RpcError>();

/**
 * The only error that calls fail with, on either side. Its message is meant for the caller and is sent
 * as it is; whatever must not leave the process belongs into `cause`.
 */
export class RpcError extends Error {
  readonly code: StatusName;
  readonly violations: FieldViolation[];
  readonly retryAfterMs?: number;
  readonly trailers: Record<string, string>;

  constructor(code: StatusName, message: string, options: RpcErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'RpcError';
    this.code = code;
    this.violations = [...(options.violations ?? [])];
    if (options.retryAfterMs !== undefined) this.retryAfterMs = options.retryAfterMs;
    this.trailers = { ...options.trailers };
  }

  /**
   * Reads whatever was thrown. Errors of grpc-js keep their status and details (but that a connection which
   * broke down under a call is UNAVAILABLE, as one that was lost is); aborts are CANCELLED and
   * timeouts DEADLINE_EXCEEDED; anything else is INTERNAL with a fixed sentence and the original as `cause`.
   */
  static from(reason: unknown): RpcError {
    if (reason instanceof RpcError) {
      return reason.code === 'OK' ? new RpcError('INTERNAL', internalMessage, { cause: reason }) : reason;
    }
    if (isStatusObject(reason)) return fromStatus(reason);
    if (isNamed(reason, 'AbortError'))
      return new RpcError('CANCELLED', 'The call was cancelled.', { cause: reason });
    if (isNamed(reason, 'TimeoutError')) {
      return new RpcError('DEADLINE_EXCEEDED', 'The deadline passed.', { cause: reason });
    }
    return new RpcError('INTERNAL', internalMessage, { cause: reason });
  }
}

/** True for errors that a peer sent: their trailers are that peer's, and are not passed on. */
export function isReceived(error: RpcError): boolean {
  return received.has(error);
}

interface StatusObject {
  code: number;
  details: string;
  metadata?: Metadata;
}

function isStatusObject(reason: unknown): reason is StatusObject {
  if (typeof reason !== 'object' || reason === null) return false;
  const { code, details } = reason as { code?: unknown; details?: unknown };
  return typeof code === 'number' && Number.isInteger(code) && code > 0 && typeof details === 'string';
}

function fromStatus(reason: StatusObject): RpcError {
  const error = new RpcError(statusOf(reason), reason.details, {
    ...(reason.metadata ? readErrorMetadata(reason.metadata) : {}),
    cause: reason,
  });
  received.add(error);
  return error;
}

// What grpc-js says, with INTERNAL, of a call whose connection broke down under it.
const connectionLost = /^Received RST_STREAM with code \d+ triggered by internal client error: /;

/** The connection's fault is nobody's bug: as with any other that is lost, a new call may go through. */
function statusOf({ code, details }: StatusObject): StatusName {
  const name = statusName(code);
  return name === 'INTERNAL' && connectionLost.test(details) ? 'UNAVAILABLE' : name;
}

function isNamed(reason: unknown, name: string): boolean {
  return typeof reason === 'object' && reason !== null && 'name' in reason && reason.name === name;
}
