import { Metadata, type CallOptions as GrpcCallOptions, type Client, type StatusObject } from '@grpc/grpc-js';
import { currentScope, type CallScope } from '../call-scope.ts';
import { RpcError } from '../rpc-error.ts';
import { statusCode } from '../status.ts';
import type { CallOptions } from './call-options.ts';

// Beyond it (24.8 days) grpc-js servers overflow and see a deadline that has passed.
const maxTimeoutMs = 2 ** 31 - 1;

/** What all methods of a client share. */
export interface ClientHost {
  readonly client: Client;
  readonly defaultTimeoutMs: number | undefined;
  readonly closed: boolean;
  readonly open: Set<OutgoingCall>;
  /** Puts what is known of the peer into the place of what grpc-js says. */
  explain(error: RpcError): RpcError;
}

/** The part of grpc-js's client calls that all shapes have. */
interface SurfaceCall {
  readonly call?: { cancelWithStatus(code: number, details: string): void };
  on(event: 'metadata', listener: (headers: Metadata) => void): unknown;
  on(event: 'status', listener: (status: StatusObject) => void): unknown;
}

/**
 * One call on its way out: metadata, deadline and everything that may cancel it. All of them are let go
 * when the call ends.
 */
export class OutgoingCall {
  readonly #metadata: Metadata;
  readonly #deadlineAtMs: number;
  readonly #host: ClientHost;
  readonly #options: CallOptions;
  readonly #scope: CallScope | undefined;
  readonly #endListeners: ((status: StatusObject) => void)[] = [];
  #headerListeners: ((headers: Metadata) => void)[] | undefined;
  #surface?: SurfaceCall;
  #cancelReason?: RpcError;
  #headers?: Metadata;
  #status?: StatusObject;
  #leaveScope?: () => void;

  constructor(host: ClientHost, options: CallOptions = {}) {
    this.#host = host;
    this.#options = options;
    this.#scope = currentScope();
    this.#metadata = toMetadata(options.metadata);
    const timeoutMs = options.timeoutMs ?? host.defaultTimeoutMs ?? Infinity;
    this.#deadlineAtMs = Math.min(
      timeoutMs > maxTimeoutMs ? Infinity : Date.now() + timeoutMs,
      this.#scope?.deadlineAtMs ?? Infinity,
    );
  }

  /** Starts the call and follows it; undefined where it could not start, with its error as its end. */
  start<S extends SurfaceCall>(make: (metadata: Metadata, options: GrpcCallOptions) => S): S | undefined {
    const refusal = this.#refusal();
    if (refusal) return this.#refuse(refusal);
    let surface: S;
    try {
      surface = make(this.#metadata, this.#deadlineAtMs === Infinity ? {} : { deadline: this.#deadlineAtMs });
    } catch (reason) {
      return this.#refuse(RpcError.from(reason));
    }
    this.#surface = surface;
    this.#host.open.add(this);
    this.#options.signal?.addEventListener('abort', this.#onAbort);
    this.#leaveScope = this.#scope?.onAbort((reason) => this.cancel(reason));
    surface.on('metadata', (headers) => this.#onMetadata(headers));
    surface.on('status', (status) => this.#end(status));
    return surface;
  }

  /** Cancels the call, here and at the server. Without effect once it ended. */
  cancel(reason: RpcError = new RpcError('CANCELLED', 'The call was cancelled.')): void {
    if (this.#status || this.#cancelReason) return;
    this.#cancelReason = reason;
    const cancel = (): void => this.#surface?.call?.cancelWithStatus(statusCode(reason.code), reason.message);
    cancel();
    // A call cancelled in the tick of its start has ended here, but grpc-js opens its stream all the same
    // and would never close it; once opened it can be cancelled.
    setImmediate(cancel);
  }

  /** True where the end of the call was asked for on this side. */
  get cancelled(): boolean {
    return this.#cancelReason !== undefined;
  }

  /** The error of a failed call: what cancelled it here, or else what the peer or grpc-js said. */
  error(reason?: unknown): RpcError {
    return this.#cancelReason ?? this.#host.explain(RpcError.from(reason));
  }

  get status(): StatusObject | undefined {
    return this.#status;
  }

  /** Resolves to the response headers, or to empty metadata where the call ends without. */
  whenHeaders(): Promise<Metadata> {
    return new Promise((resolve) => {
      if (this.#headers) resolve(this.#headers);
      else if (this.#status) resolve(new Metadata());
      else (this.#headerListeners ??= []).push(resolve);
    });
  }

  /** Resolves to the trailers, or to empty metadata where the call ends without. */
  whenTrailers(): Promise<Metadata> {
    return new Promise((resolve) => {
      if (this.#status) resolve(this.#status.metadata);
      else this.onEnd((status) => resolve(status.metadata));
    });
  }

  /** Calls `listener` once when the call has its status. */
  onEnd(listener: (status: StatusObject) => void): void {
    this.#endListeners.push(listener);
  }

  #refusal(): RpcError | undefined {
    const { signal } = this.#options;
    if (this.#host.closed) return closedError();
    if (signal?.aborted) return abortError(signal);
    if (this.#scope?.reason) return this.#scope.reason;
    // grpc-js would send it to the server all the same.
    if (this.#deadlineAtMs <= Date.now())
      return new RpcError('DEADLINE_EXCEEDED', 'The deadline has passed.');
    return undefined;
  }

  #refuse(error: RpcError): undefined {
    this.#cancelReason = error;
    this.#end({ code: statusCode(error.code), details: error.message, metadata: new Metadata() });
  }

  readonly #onAbort = (): void => {
    const { signal } = this.#options;
    if (signal) this.cancel(abortError(signal));
  };

  #onMetadata(headers: Metadata): void {
    this.#headers = headers;
    this.#options.onHeaders?.(headers);
    for (const listener of this.#headerListeners?.splice(0) ?? []) listener(headers);
  }

  #end(status: StatusObject): void {
    if (this.#status) return;
    this.#status = status;
    this.#host.open.delete(this);
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
    this.#leaveScope?.();
    this.#options.onTrailers?.(status.metadata);
    for (const listener of this.#headerListeners?.splice(0) ?? []) listener(new Metadata());
    for (const listener of this.#endListeners.splice(0)) listener(status);
  }
}

/** What calls of a closed client fail with. */
export function closedError(): RpcError {
  return new RpcError('CANCELLED', 'The client was closed.');
}

// What aborted the signal may be the error of an outer call, a timeout, or anything at all.
function abortError(signal: AbortSignal): RpcError {
  const error = RpcError.from(signal.reason);
  if (error === signal.reason || error.code === 'DEADLINE_EXCEEDED') return error;
  return new RpcError('CANCELLED', 'The call was cancelled.', { cause: signal.reason });
}

function toMetadata(given: CallOptions['metadata']): Metadata {
  if (given instanceof Metadata) return given.clone();
  const metadata = new Metadata();
  for (const [key, value] of Object.entries(given ?? {})) metadata.set(key, value);
  return metadata;
}
