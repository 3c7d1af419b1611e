import type { EventEmitter } from 'node:events';
import { Metadata, type Client } from '@grpc/grpc-js';
import { context, type Context } from '@opentelemetry/api';
import { requestOf, withRequest } from '../request-context.ts';
import { isRequestId, newRequestId, requestIdHeader } from '../propagation/request-id.ts';
import { channelAddress } from './rpc-method.ts';
import type { RpcSpan } from './rpc-span.ts';
import { notStarted, readerLeft } from './rpc-status.ts';
import { announceCall, type CallAnnouncement } from './rpc-tracer.ts';

/** A method of a client that starts a call. */
export type StartCall = (this: Client, ...args: unknown[]) => EventEmitter;

export interface ClientMethodShape {
  readonly responseStream: boolean;
  /** Which argument its metadata are, where they are given. */
  readonly metadataAt: number;
  /** The instrumentation calls back within the span of a generated method. */
  readonly generated: boolean;
}

/**
 * Wraps a client's method outside the instrumentation: gives the call a request id, tells the
 * instrumentation where it goes, and ends the spans of calls that end without a word.
 */
export function guardClientMethod(
  start: StartCall,
  { responseStream, metadataAt, generated }: ClientMethodShape,
): StartCall {
  return function guarded(...args) {
    const metadata = args[metadataAt];
    // The instrumentation writes into them, and the caller may use them for another call. Where there
    // are none, it would put its own in the wrong place for requests that are streamed.
    if (metadata instanceof Metadata) args[metadataAt] = metadata.clone();
    else args.splice(metadataAt, 0, new Metadata());
    const call: CallAnnouncement = { address: channelAddress(this.getChannel()) };
    const calling = callingContext(context.active(), metadata instanceof Metadata ? metadata : undefined);
    if (generated && !responseStream) callBackIn(calling, args);
    const begin = () => {
      announceCall(call);
      return start.apply(this, args);
    };
    let emitter: EventEmitter;
    try {
      emitter = calling === context.active() ? begin() : context.with(calling, begin);
    } catch (error) {
      call.span?.settle(notStarted.code, notStarted.message);
      throw error;
    }
    if (call.span !== undefined && responseStream) endWithStream(call.span, emitter);
    return emitter;
  };
}

/** Where a call begins: in `active`, with the request id that it is given, or is made for within, or is new. */
export function callingContext(active: Context, metadata: Metadata | undefined): Context {
  const given = metadata?.get(requestIdHeader)[0];
  const current = requestOf(active)?.requestId;
  const requestId = isRequestId(given) ? given : (current ?? newRequestId());
  return requestId === current ? active : withRequest(active, { requestId });
}

/** A stream that is destroyed reports no status. Where there is one, it comes in the same turn. */
export function endWithStream(span: RpcSpan, emitter: EventEmitter): void {
  emitter.once('close', () => {
    if (!span.ended) setImmediate(() => span.settle(readerLeft.code, readerLeft.message));
  });
}

function callBackIn(calling: Context, args: unknown[]): void {
  const at = args.findIndex((arg) => typeof arg === 'function');
  const callback = args[at] as ((...answer: unknown[]) => void) | undefined;
  if (callback === undefined) return;
  args[at] = (...answer: unknown[]) => context.with(calling, callback, undefined, ...answer);
}
