import type { MethodDefinition } from '@grpc/grpc-js';
import { RpcError } from '../rpc-error.ts';

/**
 * Turns messages into bytes and back inside the call, where a failure can be answered as any other: with
 * headers, hook and span. (grpc-js would answer it itself, or not at all.)
 */
export interface Codec {
  /** Throws RESOURCE_EXHAUSTED over the size limit, INVALID_ARGUMENT on bytes that are not the message. */
  decode(bytes: Buffer): unknown;
  encode(message: unknown): Buffer;
}

export function methodCodec(definition: MethodDefinition<unknown, unknown>, maxMessageBytes: number): Codec {
  return {
    decode(bytes) {
      // No retry hint: the same message would be refused again.
      if (bytes.length > maxMessageBytes) {
        throw new RpcError(
          'RESOURCE_EXHAUSTED',
          `The message has ${bytes.length} bytes; at most ${maxMessageBytes} are accepted.`,
        );
      }
      try {
        return definition.requestDeserialize(bytes);
      } catch (cause) {
        throw new RpcError(
          'INVALID_ARGUMENT',
          `The message cannot be read as a request of ${definition.path}.`,
          {
            cause,
          },
        );
      }
    },
    encode: (message) => definition.responseSerialize(message),
  };
}

/** The same method, for grpc-js: messages pass through as bytes. */
export function rawMethod(definition: MethodDefinition<unknown, unknown>): MethodDefinition<Buffer, Buffer> {
  return {
    ...definition,
    requestSerialize: (bytes) => bytes,
    requestDeserialize: (bytes) => bytes,
    responseSerialize: (bytes) => bytes,
    responseDeserialize: (bytes) => bytes,
  };
}
