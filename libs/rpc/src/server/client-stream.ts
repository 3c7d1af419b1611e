import type { handleClientStreamingCall } from '@grpc/grpc-js';
import { RpcError } from '../rpc-error.ts';
import type { CallContext } from './call-context.ts';
import type { Codec } from './codec.ts';
import { IncomingCall, type CallHost, type IncomingMethod } from './incoming-call.ts';
import { readRequests } from './request-reader.ts';
import { answer } from './unary.ts';

type Handler = (requests: AsyncIterable<unknown>, ctx: CallContext) => Promise<unknown>;

/** Many requests, one response. */
export function clientStreamHandler(
  host: CallHost,
  method: IncomingMethod,
  codec: Codec,
  handler: Handler,
): handleClientStreamingCall<Buffer, Buffer> {
  return (surface, callback) => {
    const call = new IncomingCall(host, method, surface);
    const requests = readRequests(call, surface, codec);
    call.start({
      run() {
        answer(
          call,
          async () => handler(requests, call),
          codec,
          (response) => callback(null, response),
        );
      },
      fail(error) {
        callback(error);
        requests.abandon(RpcError.from(error));
      },
    });
  };
}
