import type { MethodDefinition } from '@grpc/grpc-js';
import type { CallOptions } from './call-options.ts';
import { OutgoingCall, type ClientHost } from './outgoing-call.ts';

/** Calls a method with one request and one response. */
export function callUnary(
  host: ClientHost,
  method: MethodDefinition<unknown, unknown>,
  request: unknown,
  options?: CallOptions,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const call = new OutgoingCall(host, options);
    const surface = call.start((metadata, grpcOptions) =>
      host.client.makeUnaryRequest(
        method.path,
        method.requestSerialize,
        method.responseDeserialize,
        request,
        metadata,
        grpcOptions,
        (reason, response) => {
          if (reason) reject(call.error(reason));
          else resolve(response);
        },
      ),
    );
    if (!surface) reject(call.error());
  });
}
