import type { Metadata } from '@grpc/grpc-js';

/** What one call may say about itself. */
export interface CallOptions {
  /** Cancels the call. An RpcError as its reason is what the call then fails with. */
  signal?: AbortSignal;
  /**
   * Most milliseconds the call may take; Infinity: no limit of its own. It never outlives the deadline of
   * the call being handled. Default: the client's `defaultTimeoutMs`.
   */
  timeoutMs?: number;
  metadata?: Metadata | Record<string, string>;
  /** Called with the response headers, if any arrive. */
  onHeaders?(headers: Metadata): void;
  /** Called once with the trailers, also those of an error. */
  onTrailers?(trailers: Metadata): void;
}
