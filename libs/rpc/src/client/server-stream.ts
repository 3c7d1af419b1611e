import type { Metadata, MethodDefinition } from '@grpc/grpc-js';
import type { CallOptions } from './call-options.ts';
import { OutgoingCall, type ClientHost } from './outgoing-call.ts';
import { readResponses } from './response-reader.ts';

/**
 * The responses of a call that has already begun. Leaving the iteration early cancels the call; a stream
 * that is never read stays open until its deadline or `cancel()`.
 */
export interface ResponseStream<Response> extends AsyncIterableIterator<Response, undefined> {
  cancel(): void;
  /** Response headers; empty where the call ends without. Never rejects. */
  readonly headers: Promise<Metadata>;
  /** Trailers, also of a failed call. Never rejects. */
  readonly trailers: Promise<Metadata>;
}

/** Calls a method with one request and many responses. */
export function callServerStream(
  host: ClientHost,
  method: MethodDefinition<unknown, unknown>,
  request: unknown,
  options?: CallOptions,
): ResponseStream<unknown> {
  const call = new OutgoingCall(host, options);
  const surface = call.start((metadata, grpcOptions) =>
    host.client.makeServerStreamRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      request,
      metadata,
      grpcOptions,
    ),
  );
  return new CalledStream(call, readResponses(call, surface));
}

/** The reading side of a call, for both shapes that have many responses. */
export class CalledStream implements ResponseStream<unknown> {
  readonly #call: OutgoingCall;
  readonly #reader: AsyncIterableIterator<unknown, undefined>;

  constructor(call: OutgoingCall, reader: AsyncIterableIterator<unknown, undefined>) {
    this.#call = call;
    this.#reader = reader;
  }

  get headers(): Promise<Metadata> {
    return this.#call.whenHeaders();
  }

  get trailers(): Promise<Metadata> {
    return this.#call.whenTrailers();
  }

  cancel(): void {
    this.#call.cancel();
  }

  next(): Promise<IteratorResult<unknown, undefined>> {
    return this.#reader.next();
  }

  return(): Promise<IteratorResult<unknown, undefined>> {
    return this.#reader.return?.() ?? Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
