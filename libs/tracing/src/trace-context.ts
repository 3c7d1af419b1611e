import { Metadata } from '@grpc/grpc-js';
import {
  context,
  defaultTextMapGetter,
  defaultTextMapSetter,
  isSpanContextValid,
  ROOT_CONTEXT,
  trace,
  TraceFlags,
  type Context,
  type SpanContext,
} from '@opentelemetry/api';
import { metadataGetter, metadataSetter } from './grpc/call-hooks.ts';
import { meshPropagator } from './propagation/propagator.ts';
import { requestOf, withoutSpans } from './request-context.ts';
import { formatTraceparent } from './propagation/traceparent.ts';

/** Headers as Node's http gives them. */
export type Headers = Readonly<Record<string, string | string[] | undefined>>;

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

  /** Where the running code is. */
  static current(): TraceContext {
    return new TraceContext(context.active());
  }

  /** Continues the trace that two headers name; a bad `traceparent` gives a context without a trace. */
  static fromTraceparent(traceparent: string, tracestate?: string): TraceContext {
    return TraceContext.fromHeaders({ traceparent, tracestate });
  }

  /** Continues what HTTP headers carry: trace, baggage and request id. Never throws. */
  static fromHeaders(headers: Headers): TraceContext {
    return new TraceContext(meshPropagator.extract(ROOT_CONTEXT, headers, defaultTextMapGetter));
  }

  /** Continues what gRPC metadata carries: trace, baggage and request id. Never throws. */
  static fromMetadata(metadata: Metadata): TraceContext {
    return new TraceContext(meshPropagator.extract(ROOT_CONTEXT, metadata, metadataGetter));
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

  /** `00-<trace id>-<span id>-<flags>`, or undefined outside of any trace. */
  toTraceparent(): string | undefined {
    const span = this.spanContext();
    return span === undefined ? undefined : formatTraceparent(span);
  }

  /** The vendors' list that travels with the trace, or undefined where there is none. */
  toTracestate(): string | undefined {
    const text = this.spanContext()?.traceState?.serialize();
    return text === '' ? undefined : text;
  }

  /** HTTP headers that continue this context elsewhere. */
  toHeaders(): Record<string, string> {
    const headers: Record<string, string> = {};
    meshPropagator.inject(this.context, headers, defaultTextMapSetter);
    return headers;
  }

  /** gRPC metadata that continue this context elsewhere. */
  toMetadata(): Metadata {
    const metadata = new Metadata();
    meshPropagator.inject(this.context, metadata, metadataSetter);
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
