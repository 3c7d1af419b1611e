import { errorMonitor, type EventEmitter } from 'node:events';
import type { ServerHttp2Stream } from 'node:http2';
import { status, type handleUnaryCall, type Metadata, type ServiceError } from '@grpc/grpc-js';
import { context, trace } from '@opentelemetry/api';
import { RpcSpan } from './rpc-span.ts';
import { endedFromOutside } from './rpc-status.ts';
import { announceCall } from './rpc-tracer.ts';
import { serverAddress } from './rpc-method.ts';

/** How grpc-js names the shapes of a method when it is registered. */
export type CallShape = 'unary' | 'clientStream' | 'serverStream' | 'bidi';

type Answer = Parameters<Parameters<handleUnaryCall<unknown, unknown>>[1]>;
type Respond = (...answer: Answer) => void;

/** A call as its handler sees it, whatever its shape. */
interface ServerCall extends EventEmitter {
  getDeadline(): Date | number;
  getHost(): string;
  readonly call?: InterceptingCall;
}

/** The layers under a call; the last has the HTTP/2 stream. */
interface InterceptingCall {
  readonly nextCall?: InterceptingCall;
  readonly stream?: ServerHttp2Stream;
}

export type Handler = (this: unknown, call: ServerCall, respond: Respond) => unknown;

const trailersOf = new WeakMap<ServerCall, readonly [Metadata | undefined, number | undefined]>();

/**
 * Wraps a handler inside the instrumentation, so that the span of every call ends exactly once:
 * also when the caller leaves, the deadline passes, the handler throws or answers twice.
 */
export function guardHandler(handler: Handler, shape: CallShape): Handler {
  return shape === 'unary' || shape === 'clientStream'
    ? guardAnswering(handler, shape)
    : guardStreaming(handler, shape);
}

/** Wraps a handler outside the instrumentation: tells it what it does not read, and keeps the trailers it drops. */
export function announceHandler(handler: Handler): Handler {
  return function announced(call, respond) {
    announceCall({ address: serverAddress(call.getHost()) });
    if (respond === undefined) return handler.call(this, call, respond);
    return handler.call(this, call, (error, value) => {
      const [trailers, flags] = trailersOf.get(call) ?? [];
      respond(error, value, trailers, flags);
    });
  };
}

function guardAnswering(handler: Handler, shape: CallShape): Handler {
  return function guarded(call, respond) {
    const arrivedAtMs = Date.now();
    let settled = false;
    const settle: Respond = (error, value, trailers, flags) => {
      if (settled) return;
      settled = true;
      if (trailers || flags !== undefined) trailersOf.set(call, [trailers ?? undefined, flags]);
      respond(error, value);
    };
    if (shape === 'clientStream') doubtOk(call);
    // Emitted for every call, after an answer too. An answer that the handler has for it comes first.
    call.on('cancelled', () => {
      if (!settled) process.nextTick(() => settle(endedFromOutside(call.getDeadline(), arrivedAtMs)));
    });
    try {
      return handler.call(this, call, settle);
    } catch (error) {
      if (settled) throw error;
      // What grpc-js itself answers to a handler that throws.
      settle({ name: 'Error', code: status.UNKNOWN, message: 'Unknown error', details: 'Unknown error' });
      return undefined;
    }
  };
}

function guardStreaming(handler: Handler, shape: CallShape): Handler {
  return function guarded(call, respond) {
    const arrivedAtMs = Date.now();
    let ended = false;
    const end = () => {
      ended = true;
    };
    // The instrumentation listens to errorMonitor: emitting it ends the span and nothing else.
    const endSpan = (reason: Pick<ServiceError, 'code' | 'name' | 'message'>) => {
      if (!ended) call.emit(errorMonitor, reason);
    };
    if (shape === 'bidi') doubtOk(call);
    call.on('finish', end);
    call.on(errorMonitor, end);
    // Ahead of the `finish` or `error` that a handler causes when it gives the call up, but behind a
    // reason that it reports at once.
    call.on('cancelled', () => {
      if (!ended) process.nextTick(() => endSpan(endedFromOutside(call.getDeadline(), arrivedAtMs)));
    });
    try {
      return handler.call(this, call, respond);
    } catch (error) {
      endSpan({ name: 'Error', code: status.UNKNOWN, message: 'Unknown error' });
      throw error;
    }
  };
}

function doubtOk(call: ServerCall): void {
  const span = trace.getSpan(context.active());
  if (span instanceof RpcSpan) span.doubtOk((tell) => whenClosed(call, tell));
}

// The stream closes within one network delay of the answer.
const longestDoubtMs = 1_000;

/**
 * Tells, once the stream is closed, whether the caller reset it after it had sent all its requests. A
 * caller that has its answer resets nothing, unless it had more to say.
 */
function whenClosed(call: ServerCall, tell: (left: boolean) => void): void {
  let layer = call.call;
  while (layer !== undefined && layer.stream === undefined) layer = layer.nextCall;
  const stream = layer?.stream;
  if (stream === undefined) return tell(false);
  const judge = () => {
    clearTimeout(timer);
    stream.off('close', judge);
    tell(stream.readableEnded && (stream.rstCode ?? 0) !== 0);
  };
  const timer = setTimeout(judge, longestDoubtMs).unref();
  if (stream.destroyed) judge();
  else stream.once('close', judge);
}
