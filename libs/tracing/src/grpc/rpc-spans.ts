import { trace, type Context, type Span, type SpanKind, type TracerProvider } from '@opentelemetry/api';
import { isTracingSuppressed } from '@opentelemetry/core';
import { hrTimeOf, thisMoment } from '../epoch-time.ts';
import { withRandomFlag } from '../propagation/random-flag.ts';
import { isUntraced } from '../request-context.ts';
import type { CallObserver } from './call-observer.ts';
import type { RpcMethod, RpcNaming, ServerAddress } from './rpc-method.ts';
import { RpcSpan } from './rpc-span.ts';

/**
 * How the spans of calls are named, and which calls make none.
 *
 * @example
 * const options: RpcSpansOptions = {
 *   untracedMethods: defaultUntracedMethods,
 *   oldNames: false,
 *   observer: ({ method, code, durationMs }) => logger.info({ method, code, durationMs }, 'a call has ended'),
 * };
 */
export interface RpcSpansOptions extends RpcNaming {
  /** Told of the end of every call of a traced method, also where it makes no span. */
  readonly observer?: CallObserver | undefined;
}

type Tracer = ReturnType<TracerProvider['getTracer']>;

/** Starts the spans of calls, with final names and attributes before the sampler runs. */
export class RpcSpans {
  readonly options: RpcSpansOptions;
  private readonly tracer: Tracer;
  private stopped = false;

  constructor(tracer: Tracer, options: RpcSpansOptions) {
    this.tracer = tracer;
    this.options = options;
  }

  /** None is started from now on. */
  stop(): void {
    this.stopped = true;
  }

  /**
   * The span of a call: an `RpcSpan`, which MUST be ended, or one that only passes the trace on.
   * Undefined where the call makes none, and what it causes belongs to `parent`.
   */
  start(
    method: RpcMethod,
    kind: SpanKind,
    address: ServerAddress | undefined,
    parent: Context,
  ): Span | undefined {
    if (!method.traced || this.stopped || isTracingSuppressed(parent)) return undefined;
    const { observer, oldNames } = this.options;
    // Before the sampler and whatever else holds the start up.
    const started = thisMoment();
    let span: Span;
    if (isUntraced(parent)) {
      const outer = trace.getSpan(parent);
      if (observer === undefined || outer === undefined) return undefined;
      // Carries the trace on as it is. A span that records would be ended with the call.
      span = trace.wrapSpanContext(outer.spanContext());
    } else {
      const attributes = method.attributesAt(address);
      span = this.tracer.startSpan(
        method.name,
        { kind, attributes, startTime: hrTimeOf(started.epochMs) },
        parent,
      );
      if (!span.isRecording()) {
        withRandomFlag(span, parent);
        if (observer === undefined) return span;
      }
    }
    return new RpcSpan(span, { method, kind, address, started, oldNames, observer });
  }
}
