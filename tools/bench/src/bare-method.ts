import type { MethodDefinition } from '@grpc/grpc-js';

const asIs = (bytes: Buffer): Buffer => bytes;

/** The method that both ends of a bare call know; its messages are bytes. */
export const bareMethod: MethodDefinition<Buffer, Buffer> = {
  path: '/bench.Bare/Call',
  requestStream: false,
  responseStream: false,
  requestSerialize: asIs,
  requestDeserialize: asIs,
  responseSerialize: asIs,
  responseDeserialize: asIs,
};
