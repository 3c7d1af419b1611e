import { Readable } from 'node:stream';
import { status } from '@grpc/grpc-js';
import { MessageReader } from '../message-reader.ts';
import type { OutgoingCall } from './outgoing-call.ts';

/**
 * Reads the responses of a call; its error comes after the messages that came before it. Without a
 * surface the call could not start, and all there is to read is its error.
 */
export function readResponses(
  call: OutgoingCall,
  surface: Readable | undefined,
): AsyncIterableIterator<unknown, undefined> {
  if (!surface) {
    const reader = new MessageReader<unknown, unknown>(Readable.from([]), identity, () => undefined);
    reader.finish(call.error());
    return reader;
  }
  const reader = new MessageReader<unknown, unknown>(surface, identity, () => call.cancel());
  let failure: unknown;
  call.onEnd((ended) => {
    if (ended.code === status.OK) return;
    failure = call.error(ended);
    // What was cancelled here is not wanted any more: do not wait for a paused stream to run dry.
    if (call.cancelled) reader.abandon(failure);
  });
  // The same failure that the status brings.
  surface.on('error', () => undefined);
  surface.on('end', () => reader.finish(failure));
  surface.on('close', () => reader.finish(failure));
  return reader;
}

function identity(message: unknown): unknown {
  return message;
}
