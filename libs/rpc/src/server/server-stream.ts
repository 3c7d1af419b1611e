import type { handleServerStreamingCall } from '@grpc/grpc-js';
import type { CallContext } from './call-context.ts';
import type { Codec } from './codec.ts';
import { IncomingCall, type CallHost, type IncomingMethod } from './incoming-call.ts';
import { ResponsePump } from './response-pump.ts';

type Handler = (request: unknown, ctx: CallContext) => AsyncIterable<unknown>;

/** One request, many responses. */
export function serverStreamHandler(
  host: CallHost,
  method: IncomingMethod,
  codec: Codec,
  handler: Handler,
): handleServerStreamingCall<Buffer, Buffer> {
  return (surface) => {
    const call = new IncomingCall(host, method, surface);
    const responses = new ResponsePump(call, surface, codec);
    call.start({
      run: () => responses.run(handler(codec.decode(surface.request), call)),
      fail: (error, lost) => responses.fail(error, lost),
    });
  };
}
