import {
  createContextKey,
  ROOT_CONTEXT,
  trace,
  type Context,
  type Span,
  type SpanContext,
} from '@opentelemetry/api';

// The key under which the API keeps the active span. Should a later API choose another, the
// span lands in `rest` and everything still works, only slower.
const spanKey = createContextKey('OpenTelemetry Context Key SPAN');
const requestKey = createContextKey('Ryzanstein request');
const untracedKey = createContextKey('Ryzanstein untraced');

/** What belongs to one request besides its span. */
export interface RequestScope {
  /** The `x-request-id` of the request. */
  readonly requestId: string;
  /** The headers or metadata that the scope was read from, to know it again. */
  readonly carrier?: unknown;
  /** Its caller, who may, asked for the trace to be kept. */
  readonly forced?: boolean;
  /** The caller's span, where the trace is begun anew instead of continued: the new root links to it. */
  readonly caller?: SpanContext | undefined;
}

/**
 * A context with its two hot values in fields: the API's own copies a Map and makes three
 * closures for each value set, twice per call.
 */
class RequestContext implements Context {
  // Declared alone, because fields that are defined first and assigned then cost half of the making.
  declare private readonly span: Span | undefined;
  declare private readonly request: RequestScope | undefined;
  declare private readonly rest: ReadonlyMap<symbol, unknown> | undefined;

  constructor(
    span: Span | undefined,
    request: RequestScope | undefined,
    rest: ReadonlyMap<symbol, unknown> | undefined,
  ) {
    this.span = span;
    this.request = request;
    this.rest = rest;
  }

  getValue(key: symbol): unknown {
    if (key === spanKey) return this.span;
    if (key === requestKey) return this.request;
    return this.rest?.get(key);
  }

  setValue(key: symbol, value: unknown): Context {
    if (key === spanKey) return new RequestContext(value as Span | undefined, this.request, this.rest);
    if (key === requestKey)
      return new RequestContext(this.span, value as RequestScope | undefined, this.rest);
    const rest = new Map(this.rest);
    rest.set(key, value);
    return new RequestContext(this.span, this.request, rest);
  }

  deleteValue(key: symbol): Context {
    if (key === spanKey || key === requestKey) return this.setValue(key, undefined);
    if (this.rest?.has(key) !== true) return this;
    const rest = new Map(this.rest);
    rest.delete(key);
    return new RequestContext(this.span, this.request, rest);
  }
}

/** The context in which `request` is being served, below `span` where one is given; values of `context` stay. */
export function withRequest(context: Context, request: RequestScope, span?: Span): Context {
  if (context === ROOT_CONTEXT) return new RequestContext(span, request, undefined);
  const serving = context.setValue(requestKey, request);
  return span === undefined ? serving : trace.setSpan(serving, span);
}

/** The request being served in `context`, if one is. */
export function requestOf(context: Context): RequestScope | undefined {
  return context.getValue(requestKey) as RequestScope | undefined;
}

/** A context below which no span is made. */
export function withoutSpans(context: Context): Context {
  return context.setValue(untracedKey, true);
}

/** Whether `withoutSpans` made the context, or one above it. */
export function isUntraced(context: Context): boolean {
  return context.getValue(untracedKey) === true;
}
