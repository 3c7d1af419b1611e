import {
  context,
  INVALID_SPAN_CONTEXT,
  SpanKind,
  trace,
  type Context,
  type Span,
  type SpanOptions,
  type Tracer,
  type TracerProvider,
} from '@opentelemetry/api';
import { RpcMethods, type ServerAddress } from './rpc-method.ts';
import { RpcSpan } from './rpc-span.ts';
import { RpcSpans, type RpcSpansOptions } from './rpc-spans.ts';

/** What the wrappers round a call know and the instrumentation does not tell. */
export interface CallAnnouncement {
  readonly address: ServerAddress;
  /** Set when the call got a span that has to be ended. */
  span?: RpcSpan | undefined;
}

let announced: CallAnnouncement | undefined;

/** The next span that the instrumentation starts, in this same turn, is the one of this call. */
export function announceCall(call: CallAnnouncement): void {
  announced = call;
}

/** The tracer that the gRPC instrumentation uses. */
class RpcTracer implements Tracer {
  private readonly spans: RpcSpans;
  private readonly methods: RpcMethods;

  constructor(tracer: Tracer, options: RpcSpansOptions) {
    this.spans = new RpcSpans(tracer, options);
    this.methods = new RpcMethods(options, 'grpc.');
  }

  startSpan(name: string, options: SpanOptions = {}, parent: Context = context.active()): Span {
    const call = announced;
    announced = undefined;
    const kind = options.kind ?? SpanKind.INTERNAL;
    const span = this.spans.start(this.methods.of(name), kind, call?.address, parent);
    // A stand-in with the parent's ids: the instrumentation passes the trace on, and no span is made.
    if (span === undefined)
      return trace.wrapSpanContext(trace.getSpanContext(parent) ?? INVALID_SPAN_CONTEXT);
    if (call !== undefined && span instanceof RpcSpan) call.span = span;
    return span;
  }

  startActiveSpan<F extends (span: Span) => unknown>(name: string, fn: F): ReturnType<F>;
  startActiveSpan<F extends (span: Span) => unknown>(
    name: string,
    options: SpanOptions,
    fn: F,
  ): ReturnType<F>;
  startActiveSpan<F extends (span: Span) => unknown>(
    name: string,
    options: SpanOptions,
    parent: Context,
    fn: F,
  ): ReturnType<F>;
  startActiveSpan(...given: unknown[]): unknown {
    const fn = given.pop() as (span: Span) => unknown;
    const [name, options, parent = context.active()] = given as [string, SpanOptions?, Context?];
    const span = this.startSpan(name, options, parent);
    return context.with(trace.setSpan(parent, span), fn, undefined, span);
  }
}

/**
 * A provider for the gRPC instrumentation alone; `provider` makes the spans themselves.
 *
 * @example
 * import { trace } from '@opentelemetry/api';
 *
 * const options = { untracedMethods: defaultUntracedMethods, oldNames: false };
 * patchGrpc(rpcTracerProvider(trace.getTracerProvider(), options));
 */
export function rpcTracerProvider(provider: TracerProvider, options: RpcSpansOptions): TracerProvider {
  return {
    getTracer: (name, version, tracerOptions) =>
      new RpcTracer(provider.getTracer(name, version, tracerOptions), options),
  };
}
