import {
  context,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type AttributeValue,
  type Context,
  type Link,
  type Span,
  type Tracer as ApiTracer,
} from '@opentelemetry/api';
import { hrTimeOf, nowEpochMs, thisMoment } from './epoch-time.ts';
import { isUntraced, requestOf, withRequest } from './request-context.ts';
import { newRequestId } from './propagation/request-id.ts';
import { withRandomFlag } from './propagation/random-flag.ts';
import type { SpanAttributes } from './semconv.ts';
import {
  isAsyncGenerator,
  isGenerator,
  spannedAsyncGenerator,
  spannedGenerator,
  type InSpan,
} from './spanned-generator.ts';
import { TraceContext } from './trace-context.ts';

/**
 * The kinds of span, as they are shown in trace views.
 *
 * @example
 * const kind: SpanKindName = 'PRODUCER';
 * tracer.startSpan('enqueue', { kind }, () => queue.send(message));
 */
export type SpanKindName = keyof typeof SpanKind;

/**
 * A span that led to this one without being its parent.
 *
 * @example
 * const cause: SpanLink = { context: TraceContext.fromTraceparent(message.traceparent) };
 * tracer.startSpan('batch', { links: [cause] }, () => handle(message));
 */
export interface SpanLink {
  readonly context: TraceContext;
  readonly attributes?: Attributes | undefined;
}

/**
 * How a span is started, beside its name.
 *
 * @example
 * const options: StartOptions = { kind: 'CONSUMER', parent: TraceContext.fromTraceparent(message.traceparent) };
 * tracer.startSpan('dequeue', options, () => handle(message));
 */
export interface StartOptions {
  /** Default: `INTERNAL`. */
  readonly kind?: SpanKindName | undefined;
  readonly attributes?: Attributes | undefined;
  readonly links?: readonly SpanLink[] | undefined;
  /** Default: the running code's context. */
  readonly parent?: TraceContext | undefined;
  /** Milliseconds since 1970, with fractions. Default: now. */
  readonly startEpochMs?: number | undefined;
}

/**
 * Something that happened within a span.
 *
 * @example
 * const retried: RecordedEvent = { name: 'retry', epochMs: Date.now(), attributes: { attempt: 2 } };
 */
export interface RecordedEvent {
  readonly name: string;
  /** Milliseconds since 1970, with fractions. */
  readonly epochMs: number;
  readonly attributes?: Attributes | undefined;
}

/**
 * A span made after the fact, as a child.
 *
 * @example
 * const endEpochMs = Date.now();
 * const child: ChildRecord = { name: 'prefill', startEpochMs: endEpochMs - 12.5, endEpochMs };
 * tracer.recordSpan({ ...child, name: 'chat', parent: TraceContext.current(), children: [child] });
 */
export interface ChildRecord {
  readonly name: string;
  /** Default: `INTERNAL`. */
  readonly kind?: SpanKindName | undefined;
  /** Milliseconds since 1970, with fractions. */
  readonly startEpochMs: number;
  /** Milliseconds since 1970, with fractions; an end before the start is recorded as the start. */
  readonly endEpochMs: number;
  readonly attributes?: Attributes | undefined;
  readonly events?: readonly RecordedEvent[] | undefined;
  readonly links?: readonly SpanLink[] | undefined;
  /** Makes the span an error: `type` is its `error.type`. */
  readonly error?: { readonly type: string; readonly message?: string | undefined } | undefined;
  readonly children?: readonly ChildRecord[] | undefined;
}

/**
 * A span made after the fact, with all its times given.
 *
 * @example
 * const endEpochMs = Date.now();
 * const record: SpanRecord = {
 *   name: 'decode',
 *   parent: TraceContext.current(),
 *   startEpochMs: endEpochMs - 250,
 *   endEpochMs,
 * };
 * tracer.recordSpan(record);
 */
export interface SpanRecord extends ChildRecord {
  readonly parent: TraceContext;
}

/**
 * A span that begins now and is told of at its end, as what happens in between has no one function.
 *
 * @example
 * const begun: SpanStart = { name: 'chat', kind: 'CLIENT', parent: TraceContext.current(), startEpochMs: Date.now() };
 * const open = tracer.openSpan(begun);
 */
export interface SpanStart {
  readonly name: string;
  readonly parent: TraceContext;
  /** Default: `INTERNAL`. */
  readonly kind?: SpanKindName | undefined;
  /** Milliseconds since 1970, with fractions. */
  readonly startEpochMs: number;
  /** Those that samplers may look at. */
  readonly attributes?: Attributes | undefined;
  readonly links?: readonly SpanLink[] | undefined;
}

/**
 * What an open span is ended with.
 *
 * @example
 * const ending: SpanEnding = { endEpochMs: Date.now(), error: { type: 'UNAVAILABLE' } };
 */
export type SpanEnding = Omit<ChildRecord, 'name' | 'kind' | 'startEpochMs' | 'links'>;

/**
 * A span that has begun. Whoever opened it MUST end it.
 *
 * @example
 * const open: OpenSpan = tracer.openSpan({
 *   name: 'chat',
 *   kind: 'CLIENT',
 *   parent: TraceContext.current(),
 *   startEpochMs: Date.now(),
 * });
 * const answer = await fetch(url, { headers: open.context.toHeaders() });
 * open.end({ endEpochMs: Date.now(), attributes: { 'http.response.status_code': answer.status } });
 */
export interface OpenSpan {
  /** Its place in the trace: what it calls continues there. */
  readonly context: TraceContext;
  /** Only the first call counts. */
  end(ending: SpanEnding): void;
}

/**
 * The span that `Tracer.startSpan` hands to its function. The tracer ends it.
 *
 * @example
 * tracer.startSpan('ask', (span) => {
 *   span.setAttribute('attempt', 2).addEvent('retry');
 *   if (queue.length > 100) span.setError('queue_full', 'more than 100 wait');
 * });
 */
export class ActiveSpan {
  private readonly span: Span;

  constructor(span: Span) {
    this.span = span;
  }

  /** Where the span stands in its trace. */
  get context(): TraceContext {
    return new TraceContext(trace.setSpan(context.active(), this.span));
  }

  setAttribute(key: string, value: AttributeValue): this {
    if (this.span.isRecording()) this.span.setAttribute(key, value);
    return this;
  }

  setAttributes(attributes: Attributes): this {
    if (this.span.isRecording()) this.span.setAttributes(attributes);
    return this;
  }

  /** `epochMs`: milliseconds since 1970, with fractions; now, if not given. */
  addEvent(name: string, attributes?: Attributes, epochMs: number = nowEpochMs()): this {
    if (this.span.isRecording()) this.span.addEvent(name, attributes, hrTimeOf(epochMs));
    return this;
  }

  /** Makes the span an error without throwing. `type` is its `error.type`. */
  setError(type: string, message?: string): this {
    if (this.span.isRecording()) markError(this.span, type, message);
    return this;
  }
}

/**
 * The span that is active, to be decorated with the mesh's own attributes.
 *
 * @example
 * const finish = (span: DecoratedSpan, tokens: number) =>
 *   span.setAttributes({ 'ryzanstein.tokens.output': tokens });
 */
export interface DecoratedSpan {
  setAttribute<K extends keyof SpanAttributes>(key: K, value: NonNullable<SpanAttributes[K]>): void;
  setAttributes(attributes: SpanAttributes): void;
  /** `epochMs`: milliseconds since 1970, with fractions; now, if not given. */
  addEvent(name: string, attributes?: SpanAttributes, epochMs?: number): void;
}

/**
 * The span of the running call, or undefined where none is recorded. Harmless after its end.
 *
 * @example
 * currentSpan()?.setAttribute('ryzanstein.model', 'bitnet-7b');
 */
export function currentSpan(): DecoratedSpan | undefined {
  const span = trace.getSpan(context.active());
  return span?.isRecording() === true ? new ActiveSpan(span) : undefined;
}

/** Makes spans; what `Tracer` and the telemetry of a process share. */
export class SpanMaker {
  private readonly tracer: ApiTracer;
  private readonly tracerOf: (scope: string) => ApiTracer;

  /** @param scope who makes the spans: name of an instrumentation scope. */
  constructor(tracerOf: (scope: string) => ApiTracer, scope: string) {
    this.tracerOf = tracerOf;
    this.tracer = tracerOf(scope);
  }

  /** Makes spans that another scope answers for. */
  scoped(scope: string): SpanMaker {
    return new SpanMaker(this.tracerOf, scope);
  }

  startSpan<T>(name: string, options: StartOptions, fn: (span: ActiveSpan) => T): T {
    let parent = options.parent?.context ?? context.active();
    // A request begins here: its calls and log lines share one id.
    if (requestOf(parent) === undefined) parent = withRequest(parent, { requestId: newRequestId() });
    if (isUntraced(parent)) return context.with(parent, fn, undefined, new ActiveSpan(standIn(parent)));
    const started = thisMoment();
    const startEpochMs = options.startEpochMs ?? started.epochMs;
    const span = this.tracer.startSpan(
      name,
      {
        kind: SpanKind[options.kind ?? 'INTERNAL'],
        attributes: options.attributes,
        links: linksOf(options.links),
        startTime: hrTimeOf(startEpochMs),
      },
      parent,
    );
    if (!span.isRecording()) withRandomFlag(span, parent);
    // By a clock that nobody sets, unless the start was taken from one that may be.
    const end = () => {
      const endEpochMs = startEpochMs + (performance.now() - started.monotonicMs);
      span.end(
        hrTimeOf(options.startEpochMs === undefined ? endEpochMs : Math.max(startEpochMs, nowEpochMs())),
      );
    };
    const finish = (failed: boolean, reason?: unknown) => {
      if (failed && span.isRecording()) markError(span, typeOf(reason), messageOf(reason));
      end();
    };
    const fail = (reason: unknown): never => {
      finish(true, reason);
      throw reason;
    };
    const here = trace.setSpan(parent, span);
    let result: T;
    try {
      result = context.with(here, fn, undefined, new ActiveSpan(span));
    } catch (reason) {
      return fail(reason);
    }
    if (isPromise(result)) {
      return result.then((value) => {
        end();
        return value;
      }, fail) as T;
    }
    const inSpan: InSpan = (step) => context.with(here, step);
    if (isAsyncGenerator(result)) return spannedAsyncGenerator(result, inSpan, finish) as T;
    if (isGenerator(result)) return spannedGenerator(result, inSpan, finish) as T;
    end();
    return result;
  }

  recordSpan(record: SpanRecord): TraceContext {
    return new TraceContext(this.record(record, record.parent.context));
  }

  openSpan(start: SpanStart): OpenSpan {
    const parent = start.parent.context;
    if (isUntraced(parent)) return { context: start.parent, end: () => undefined };
    const { span, here } = this.begin(start, parent);
    let ended = false;
    return {
      context: new TraceContext(here),
      end: (ending) => {
        if (ended) return;
        ended = true;
        if (ending.attributes !== undefined && span.isRecording()) span.setAttributes(ending.attributes);
        this.finish(span, here, ending, start.startEpochMs);
      },
    };
  }

  private record(record: ChildRecord, parent: Context): Context {
    if (isUntraced(parent)) return parent;
    const { span, here } = this.begin(record, parent);
    this.finish(span, here, record, record.startEpochMs);
    return here;
  }

  private begin(
    record: Omit<SpanStart, 'parent'>,
    parent: Context,
  ): { readonly span: Span; readonly here: Context } {
    const span = this.tracer.startSpan(
      record.name,
      {
        kind: SpanKind[record.kind ?? 'INTERNAL'],
        attributes: record.attributes,
        links: linksOf(record.links),
        startTime: hrTimeOf(record.startEpochMs),
      },
      parent,
    );
    if (!span.isRecording()) withRandomFlag(span, parent);
    return { span, here: trace.setSpan(parent, span) };
  }

  private finish(span: Span, here: Context, ending: SpanEnding, startEpochMs: number): void {
    if (!span.isRecording()) return;
    for (const event of ending.events ?? [])
      span.addEvent(event.name, event.attributes, hrTimeOf(event.epochMs));
    if (ending.error !== undefined) markError(span, ending.error.type, ending.error.message);
    for (const child of ending.children ?? []) this.record(child, here);
    span.end(hrTimeOf(Math.max(startEpochMs, ending.endEpochMs)));
  }
}

function markError(span: Span, type: string, message: string | undefined): void {
  span.setAttribute('error.type', type);
  span.setStatus(
    message === undefined ? { code: SpanStatusCode.ERROR } : { code: SpanStatusCode.ERROR, message },
  );
}

function linksOf(links: readonly SpanLink[] | undefined): Link[] {
  const made: Link[] = [];
  for (const link of links ?? []) {
    const span = link.context.spanContext();
    if (span !== undefined) made.push({ context: span, attributes: link.attributes });
  }
  return made;
}

function standIn(parent: Context): Span {
  return trace.getSpan(parent) ?? trace.wrapSpanContext({ traceId: '', spanId: '', traceFlags: 0 });
}

/** A gRPC or mesh error's code, else the error's class. */
function typeOf(reason: unknown): string {
  if (!(reason instanceof Error)) return typeof reason;
  const { code } = reason as { code?: unknown };
  return typeof code === 'string' ? code : reason.name;
}

function messageOf(reason: unknown): string | undefined {
  return reason instanceof Error ? reason.message : undefined;
}

function isPromise(value: unknown): value is Promise<unknown> {
  return typeof (value as Promise<unknown> | undefined)?.then === 'function';
}
