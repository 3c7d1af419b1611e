import type { handleBidiStreamingCall } from '@grpc/grpc-js';
import { RpcError } from '../rpc-error.ts';
import type { CallContext } from './call-context.ts';
import type { Codec } from './codec.ts';
import { IncomingCall, type CallHost, type IncomingMethod } from './incoming-call.ts';
import { readRequests } from './request-reader.ts';
import { ResponsePump } from './response-pump.ts';

type Handler = (requests: AsyncIterable<unknown>, ctx: CallContext) => AsyncIterable<unknown>;

/** Many requests, many responses, each side at its own pace. */
export function bidiHandler(
  host: CallHost,
  method: IncomingMethod,
  codec: Codec,
  handler: Handler,
): handleBidiStreamingCall<Buffer, Buffer> {
  return (surface) => {
    const call = new IncomingCall(host, method, surface);
    const requests = readRequests(call, surface, codec);
    const responses = new ResponsePump(call, surface, codec);
    call.start({
      run: () => responses.run(handler(requests, call)),
      fail(error, lost) {
        requests.abandon(RpcError.from(error));
        responses.fail(error, lost);
      },
    });
  };
}
