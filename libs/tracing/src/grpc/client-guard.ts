import type { EventEmitter } from 'node:events';
import { Metadata, status, type Client } from '@grpc/grpc-js';
import { context } from '@opentelemetry/api';
import { requestOf, withRequest } from '../request-context.ts';
import { isRequestId, newRequestId, requestIdHeader } from '../propagation/request-id.ts';
import { serverAddress } from './rpc-method.ts';
import { announceCall, type CallAnnouncement } from './rpc-tracer.ts';

/** A method of a client that starts a call. */
export type StartCall = (this: Client, ...args: unknown[]) => EventEmitter;

export interface ClientMethodShape {
  readonly responseStream: boolean;
  /** Which argument its metadata are, where they are given. */
  readonly metadataAt: number;
}

/**
 * Wraps a client's method outside the instrumentation: gives the call a request id, tells the
 * instrumentation where it goes, and ends the spans of calls that end without a word.
 */
export function guardClientMethod(
  start: StartCall,
  { responseStream, metadataAt }: ClientMethodShape,
): StartCall {
  return function guarded(...args) {
    const metadata = args[metadataAt];
    // The instrumentation writes into them, and the caller may use them for another call. Where there
    // are none, it would put its own in the wrong place for requests that are streamed.
    if (metadata instanceof Metadata) args[metadataAt] = metadata.clone();
    else args.splice(metadataAt, 0, new Metadata());
    const call: CallAnnouncement = { address: serverAddress(this.getChannel().getTarget()) };
    const begin = () => {
      announceCall(call);
      return start.apply(this, args);
    };
    const active = context.active();
    const given = metadata instanceof Metadata ? metadata.get(requestIdHeader)[0] : undefined;
    const current = requestOf(active)?.requestId;
    const requestId = isRequestId(given) ? given : (current ?? newRequestId());
    let emitter: EventEmitter;
    try {
      emitter = requestId === current ? begin() : context.with(withRequest(active, { requestId }), begin);
    } catch (error) {
      call.span?.abandon(status.INTERNAL, 'The call could not be started');
      throw error;
    }
    const { span } = call;
    if (span !== undefined && responseStream) {
      // A stream that is destroyed reports no status. Where there is one, it comes in the same turn.
      emitter.once('close', () => {
        if (span.isRecording()) setImmediate(() => span.abandon(status.CANCELLED, 'The reader left'));
      });
    }
    return emitter;
  };
}
