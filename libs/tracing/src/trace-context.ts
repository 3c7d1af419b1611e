import { Metadata } from '@grpc/grpc-js';
import {
  context,
  defaultTextMapSetter,
  isSpanContextValid,
  ROOT_CONTEXT,
  trace,
  TraceFlags,
  type Context,
  type SpanContext,
} from '@opentelemetry/api';
import { findHeaders, foundGetter, type HeaderCarrier } from './propagation/header-carrier.ts';
import { metadataGetter, metadataSetter } from './propagation/metadata-carrier.ts';
import { extractContext, injectContext, readFields } from './propagation/propagator.ts';
import { formatTraceparent } from './propagation/traceparent.ts';
import { traceStateText } from './propagation/trace-state.ts';
import { requestOf, withoutSpans } from './request-context.ts';

export type { HeaderCarrier as Headers };

/**
 * A place in a trace, to be carried over anything and continued there.
 *
 * @example
 * const here = TraceContext.current();
 * await fetch(url, { headers: here.toHeaders() });
 */
export class TraceContext {
  /** The OpenTelemetry context behind it. */
  readonly context: Context;

  constructor(from: Context) {
    this.context = from;
  }

  /**
   * Where the running code is.
   *
   * @example
   * logger.info({ traceId: TraceContext.current().traceId }, 'a step of the request');
   */
  static current(): TraceContext {
    return new TraceContext(context.active());
  }

  /**
   * Continues the trace that two headers name; a bad `traceparent` gives a context without a trace.
   *
   * @example
   * const sender = TraceContext.fromTraceparent(message.traceparent, message.tracestate);
   * sender.run(() => handle(message));
   */
  static fromTraceparent(traceparent: string, tracestate?: string): TraceContext {
    return TraceContext.fromHeaders({ traceparent, tracestate });
  }

  /**
   * Continues what HTTP headers carry: trace, baggage and request id. Takes a record whose names are
   * in any letter case, `Headers` of fetch, a `Map` or a list of pairs. Never throws, whatever they hold.
   *
   * @example
   * server.on('request', (request, response) => {
   *   TraceContext.fromHeaders(request.headers).run(() => serve(request, response));
   * });
   */
  static fromHeaders(headers: HeaderCarrier): TraceContext {
    const found = findHeaders(headers, readFields);
    return new TraceContext(extractContext(ROOT_CONTEXT, found, foundGetter, 'continue'));
  }

  /**
   * Continues what gRPC metadata carries: trace, baggage and request id. Never throws.
   *
   * @example
   * const caller = TraceContext.fromMetadata(call.metadata);
   */
  static fromMetadata(metadata: Metadata): TraceContext {
    return new TraceContext(extractContext(ROOT_CONTEXT, metadata, metadataGetter, 'continue'));
  }

  /** 32 hex digits, or undefined outside of any trace. */
  get traceId(): string | undefined {
    return this.spanContext()?.traceId;
  }

  /** 16 hex digits, or undefined outside of any trace. */
  get spanId(): string | undefined {
    return this.spanContext()?.spanId;
  }

  /** Whether the trace is recorded. */
  get sampled(): boolean {
    return ((this.spanContext()?.traceFlags ?? 0) & TraceFlags.SAMPLED) !== 0;
  }

  /** The `x-request-id` of the request, where there is one. */
  get requestId(): string | undefined {
    return requestOf(this.context)?.requestId;
  }

  /**
   * `00-<trace id>-<span id>-<flags>`, or undefined outside of any trace.
   *
   * @example
   * queue.send({ ...message, traceparent: TraceContext.current().toTraceparent() });
   */
  toTraceparent(): string | undefined {
    const span = this.spanContext();
    return span === undefined ? undefined : formatTraceparent(span);
  }

  /**
   * The vendors' list that travels with the trace, or undefined where there is none.
   *
   * @example
   * queue.send({ ...message, tracestate: TraceContext.current().toTracestate() });
   */
  toTracestate(): string | undefined {
    const state = this.spanContext()?.traceState;
    return state === undefined ? undefined : traceStateText(state);
  }

  /**
   * HTTP headers that continue this context elsewhere.
   *
   * @example
   * await fetch(url, { headers: TraceContext.current().toHeaders() });
   */
  toHeaders(): Record<string, string> {
    const headers: Record<string, string> = {};
    injectContext(this.context, headers, defaultTextMapSetter);
    return headers;
  }

  /**
   * gRPC metadata that continue this context elsewhere.
   *
   * @example
   * client.chat(request, TraceContext.current().toMetadata(), answered);
   */
  toMetadata(): Metadata {
    const metadata = new Metadata();
    injectContext(this.context, metadata, metadataSetter);
    return metadata;
  }

  /** Runs `fn` here: spans that it starts, and calls that it makes, belong to this trace. */
  run<T>(fn: () => T): T {
    return context.with(this.context, fn);
  }

  /** Ids, flags and state of the span, as OpenTelemetry's API has them. */
  spanContext(): SpanContext | undefined {
    const span = trace.getSpanContext(this.context);
    return span !== undefined && isSpanContextValid(span) ? span : undefined;
  }
}

/**
 * Runs `fn` so that no call below it makes a span, here or in the services it reaches: for polls and
 * other work that nobody would look for. The request id is still passed on.
 *
 * @example
 * const fetch = tracedFetch();
 * const health = await untraced(() => fetch('http://engine:8080/healthz'));
 */
export function untraced<T>(fn: () => T): T {
  const active = context.active();
  const parent = trace.getSpanContext(active);
  const unsampled: SpanContext =
    parent !== undefined && isSpanContextValid(parent)
      ? { ...parent, traceFlags: parent.traceFlags & ~TraceFlags.SAMPLED }
      : { traceId: randomHex(16), spanId: randomHex(8), traceFlags: TraceFlags.NONE };
  return context.with(withoutSpans(trace.setSpanContext(active, unsampled)), fn);
}

function randomHex(bytes: number): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString('hex');
}
