import type { Metadata } from '@grpc/grpc-js';
import type { RpcError } from '../rpc-error.ts';
import type { StatusName } from '../status.ts';

/** What a handler knows of the call it answers. */
export interface CallContext {
  /** `package.Service/Method`. */
  readonly method: string;
  /** Metadata the caller sent. */
  readonly metadata: Metadata;
  /** Address of the caller, host:port. */
  readonly peer: string;
  /** Who calls, as `authenticate` said; absent where nobody is asked. */
  readonly subject?: string;
  /**
   * Aborts when the caller cancels, the deadline passes or the server stops by force; its reason is an
   * RpcError CANCELLED, DEADLINE_EXCEEDED or UNAVAILABLE, or what `giveUp` was given. It never aborts after
   * the call was answered.
   */
  readonly signal: AbortSignal;
  /** Epoch milliseconds until which the answer is of use; absent where nothing bounds the call. */
  readonly deadlineAtMs?: number;
  /** Sent with the first message, or before an error. */
  readonly responseHeaders: Metadata;
  /** Sent behind the last message, and with every error. */
  readonly trailers: Metadata;
  /** Sends the headers now, so that the caller sees them before the first message. */
  sendHeaders(): void;
  /**
   * Ends the call with this error, also while messages wait for a reader that is behind; `signal` aborts
   * with it. Without effect once the call was answered.
   */
  giveUp(reason: RpcError): void;
}

/** How a call ended; the message is empty for OK. */
export interface CallOutcome {
  code: StatusName;
  message: string;
}

/** What a hook round every call learns of it. */
export interface ServerCallInfo {
  readonly method: string;
  /** The `:authority` that the caller asked for. */
  readonly host: string;
  readonly requestMetadata: Metadata;
  readonly responseHeaders: Metadata;
  readonly trailers: Metadata;
  readonly peer: string;
  readonly deadlineAtMs?: number;
  /** Tells the outcome exactly once per call, before it is sent. */
  onEnd(listener: (outcome: CallOutcome) => void): void;
}

/**
 * Runs round the handler of every call but those of health and reflection. MUST call `next` exactly once
 * and synchronously; the async context that is active then is the handler's.
 */
export type ServerCallHook = (call: ServerCallInfo, next: () => void) => void;

/**
 * Says who calls, from the metadata alone and before a message is read: their name, or undefined where it
 * does not matter. MUST throw an RpcError (UNAUTHENTICATED, as a rule) to refuse the call, and MUST NOT wait.
 */
export type Authenticate = (metadata: Metadata) => string | undefined;

/** Where a server reports what it does not tell its callers. */
export interface RpcLogger {
  debug(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
