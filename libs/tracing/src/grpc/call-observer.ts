import type { ServerAddress } from './rpc-method.ts';

/** One call, at its end. */
export interface EndedCall {
  readonly side: 'client' | 'server';
  /** `package.Service/Method`. */
  readonly method: string;
  /** gRPC status code. */
  readonly code: number;
  readonly address: ServerAddress | undefined;
  /** By a monotonic clock. */
  readonly durationMs: number;
}

/**
 * Told of every call's end, also of those that make no span or are not sampled: what measures calls.
 * MUST NOT throw and MUST NOT keep the object.
 */
export type CallObserver = (call: EndedCall) => void;
