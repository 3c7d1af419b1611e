import type { MethodDefinition } from '@grpc/grpc-js';
import type { CallOptions } from './call-options.ts';
import { OutgoingCall, type ClientHost } from './outgoing-call.ts';
import { RequestWriter } from './request-writer.ts';
import { readResponses } from './response-reader.ts';
import { CalledStream, type ResponseStream } from './server-stream.ts';

/** A call with many requests and many responses, each side at its own pace. */
export interface BidiStream<Request, Response> extends ResponseStream<Response> {
  /** Resolves when more may be sent; rejects with the call's error once it ended. */
  send(message: Request): Promise<void>;
  /** Says that no request follows; responses go on. */
  end(): void;
}

/** Calls a method with many requests and many responses. */
export function callBidi(
  host: ClientHost,
  method: MethodDefinition<unknown, unknown>,
  options?: CallOptions,
): BidiStream<unknown, unknown> {
  const call = new OutgoingCall(host, options);
  const surface = call.start((metadata, grpcOptions) =>
    host.client.makeBidiStreamRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      metadata,
      grpcOptions,
    ),
  );
  return new CalledBidi(call, readResponses(call, surface), new RequestWriter(call, surface));
}

class CalledBidi extends CalledStream implements BidiStream<unknown, unknown> {
  readonly #writer: RequestWriter;

  constructor(call: OutgoingCall, reader: AsyncIterableIterator<unknown, undefined>, writer: RequestWriter) {
    super(call, reader);
    this.#writer = writer;
  }

  send(message: unknown): Promise<void> {
    return this.#writer.send(message);
  }

  end(): void {
    this.#writer.end();
  }
}
