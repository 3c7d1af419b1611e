import { errorMonitor, type EventEmitter } from 'node:events';
import type { handleUnaryCall, Metadata, ServiceError } from '@grpc/grpc-js';
import { context, trace } from '@opentelemetry/api';
import { RpcSpan } from './rpc-span.ts';
import { handlerThrew, okCode, sentText, type CallEnd } from './rpc-status.ts';
import { announceCall } from './rpc-tracer.ts';
import { serverAddress } from './rpc-method.ts';
import {
  endedFromOutside,
  refusedToSend,
  sentError,
  whenClosed,
  type ServerCallLayer,
} from './server-outcome.ts';

/** How grpc-js names the shapes of a method when it is registered. */
export type CallShape = 'unary' | 'clientStream' | 'serverStream' | 'bidi';

type Answer = Parameters<Parameters<handleUnaryCall<unknown, unknown>>[1]>;
type Respond = (...answer: Answer) => void;

/** A call as its handler sees it, whatever its shape. */
interface ServerCall extends EventEmitter {
  getDeadline(): Date | number;
  getHost(): string;
  readonly call?: ServerCallLayer;
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

/**
 * Wraps a handler outside the instrumentation: tells it what it does not read, keeps the trailers it drops,
 * and spares it calls that were over before they came to it, whose spans nothing would end.
 */
export function announceHandler(handler: Handler): Handler {
  return function announced(call, respond) {
    // grpc-js calls it with the message before one that it has refused: the caller has its answer.
    if (refusedToSend(call.call)) return undefined;
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
    const span = activeRpcSpan();
    let settled = false;
    let confirm: ((code: number, reason?: string) => void) | undefined;
    // Whether grpc-js can send the answer is known once it was given to it.
    if (shape === 'unary') span?.doubtOk((tell) => (confirm = tell));
    else span?.doubtOk((tell) => whenClosed(call.call, call.getDeadline(), arrivedAtMs, tell));
    const confirmed = (end: CallEnd | undefined) => {
      confirm?.(end?.code ?? okCode, end?.message);
      confirm = undefined;
    };
    const settle: Respond = (error, value, trailers, flags) => {
      if (settled) return;
      settled = true;
      if (trailers || flags !== undefined) trailersOf.set(call, [trailers ?? undefined, flags]);
      if (error) span?.explain(sentText(error));
      respond(error, value);
      if (confirm !== undefined && !refusedToSend(call.call)) confirmed(undefined);
    };
    // Emitted for every call, after an answer too. An answer that the handler has for it comes first.
    call.on('cancelled', () => {
      if (confirm !== undefined) confirmed(sentError(call.call));
      else if (!settled)
        process.nextTick(() =>
          settle(reported(endedFromOutside(call.call, call.getDeadline(), arrivedAtMs))),
        );
    });
    try {
      return handler.call(this, call, settle);
    } catch {
      // What grpc-js itself answers to it; a handler that throws after its answer has given one.
      settle(reported(handlerThrew));
      return undefined;
    }
  };
}

function guardStreaming(handler: Handler, shape: CallShape): Handler {
  return function guarded(call, respond) {
    const arrivedAtMs = Date.now();
    const span = activeRpcSpan();
    let ended = false;
    const end = () => {
      ended = true;
    };
    // The instrumentation listens to errorMonitor: emitting it ends the span and nothing else.
    const endSpan = (outcome: CallEnd) => {
      if (!ended) call.emit(errorMonitor, reported(outcome));
    };
    if (shape === 'bidi')
      span?.doubtOk((tell) => whenClosed(call.call, call.getDeadline(), arrivedAtMs, tell));
    call.on('finish', end);
    // Ahead of the instrumentation.
    call.prependListener(errorMonitor, (error: object) => {
      ended = true;
      span?.explain(sentText(error));
    });
    // Ahead of the `finish` or `error` that a handler causes when it gives the call up, but behind a
    // reason that it reports at once.
    call.on('cancelled', () => {
      if (!ended)
        process.nextTick(() => endSpan(endedFromOutside(call.call, call.getDeadline(), arrivedAtMs)));
    });
    try {
      return handler.call(this, call, respond);
    } catch (error) {
      endSpan(handlerThrew);
      throw error;
    }
  };
}

function activeRpcSpan(): RpcSpan | undefined {
  const span = trace.getSpan(context.active());
  return span instanceof RpcSpan ? span : undefined;
}

/** As grpc-js takes errors from a handler. */
function reported({ code, message }: CallEnd): Pick<ServiceError, 'code' | 'name' | 'message' | 'details'> {
  return { name: 'Error', code, message, details: message };
}
