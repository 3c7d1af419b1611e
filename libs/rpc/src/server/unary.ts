import type { handleUnaryCall } from '@grpc/grpc-js';
import type { CallContext } from './call-context.ts';
import type { Codec } from './codec.ts';
import { IncomingCall, type CallHost, type IncomingMethod } from './incoming-call.ts';

type Handler = (request: unknown, ctx: CallContext) => Promise<unknown>;

/** One request, one response. */
export function unaryHandler(
  host: CallHost,
  method: IncomingMethod,
  codec: Codec,
  handler: Handler,
): handleUnaryCall<Buffer, Buffer> {
  return (surface, callback) => {
    const call = new IncomingCall(host, method, surface);
    call.start({
      run() {
        answer(
          call,
          async () => handler(codec.decode(surface.request), call),
          codec,
          (response) => callback(null, response),
        );
      },
      fail: (error) => callback(error),
    });
  };
}

/** Runs a handler that answers once, for the two shapes that do. */
export function answer(
  call: IncomingCall,
  handle: () => Promise<unknown>,
  codec: Codec,
  send: (response: Buffer) => void,
): void {
  handle()
    .then((message) => {
      if (call.ended) return;
      const response = codec.encode(message);
      call.sendHeaders();
      call.succeed(() => send(response));
    })
    .catch((reason: unknown) => call.fail(reason));
}
