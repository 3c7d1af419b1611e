import type { Readable } from 'node:stream';
import { MessageReader } from '../message-reader.ts';
import type { Codec } from './codec.ts';
import type { IncomingCall } from './incoming-call.ts';

/**
 * The caller's messages. A caller that goes away ends the iteration with an error, never as if it had
 * sent everything.
 */
export function readRequests(
  call: IncomingCall,
  surface: Readable,
  codec: Codec,
): MessageReader<Buffer, unknown> {
  const decode = (bytes: Buffer): unknown => {
    try {
      return codec.decode(bytes);
    } catch (reason) {
      call.fail(reason);
      throw reason;
    }
  };
  const reader = new MessageReader(surface, decode, () => undefined);
  surface.on('end', () => {
    afterTurns(turnsToCancel, () => reader.finish());
  });
  return reader;
}

// A Node.js client that cancels closes its side of the stream before it resets it, which looks as if all
// requests had come; the reset is seen a turn of the event loop later, and ends the call with the reader.
const turnsToCancel = 3;

function afterTurns(turns: number, fn: () => void): void {
  if (turns === 0) fn();
  else setImmediate(() => afterTurns(turns - 1, fn));
}
