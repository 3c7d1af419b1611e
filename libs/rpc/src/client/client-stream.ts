import type { MethodDefinition } from '@grpc/grpc-js';
import type { CallOptions } from './call-options.ts';
import { OutgoingCall, type ClientHost } from './outgoing-call.ts';
import { RequestWriter } from './request-writer.ts';

/** A call with many requests and one response. */
export interface RequestStream<Request, Response> {
  /** Resolves when more may be sent; rejects with the call's error once it ended. */
  send(message: Request): Promise<void>;
  /** Says that no request follows. */
  end(): void;
  cancel(): void;
  /** Rejects with the call's error; a rejection that nobody looks at is not reported. */
  readonly response: Promise<Response>;
}

/** Calls a method with many requests and one response. */
export function callClientStream(
  host: ClientHost,
  method: MethodDefinition<unknown, unknown>,
  options?: CallOptions,
): RequestStream<unknown, unknown> {
  const call = new OutgoingCall(host, options);
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  // The same error rejects `send`, so whoever handles it there need not look at `response`.
  promise.catch(() => undefined);
  const surface = call.start((metadata, grpcOptions) =>
    host.client.makeClientStreamRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      metadata,
      grpcOptions,
      (reason, response) => {
        if (reason) reject(call.error(reason));
        else resolve(response);
      },
    ),
  );
  if (surface) surface.on('error', () => undefined);
  else reject(call.error());
  const writer = new RequestWriter(call, surface);
  return {
    send: (message) => writer.send(message),
    end: () => writer.end(),
    cancel: () => call.cancel(),
    response: promise,
  };
}
