import {
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
  type Span,
} from '@opentelemetry/api';
import { isTracingSuppressed } from '@opentelemetry/core';
import { hrTimeOf, thisMoment } from '../epoch-time.ts';
import { withRandomFlag } from '../propagation/random-flag.ts';
import { isUntraced } from '../request-context.ts';
import { spanName } from './http-names.ts';
import type { EndedRequest, RequestObserver } from './request-observer.ts';

/** What is known of a request when it begins. */
export interface BegunRequest {
  readonly side: EndedRequest['side'];
  readonly method: string;
  readonly route: string | undefined;
  readonly scheme: EndedRequest['scheme'];
  readonly attributes: Attributes;
  readonly parent: Context;
  /** Makes no span; the observer is told all the same. */
  readonly untraced: boolean;
  readonly observer: RequestObserver | undefined;
}

/** How a request ended: by an answer, an error, or neither. */
export interface RequestOutcome {
  readonly statusCode?: number | undefined;
  readonly errorType?: string | undefined;
  readonly message?: string | undefined;
  /** The answer was not completed, whatever its status says. */
  readonly broken?: boolean;
}

/** A request that has begun, and ends once. */
export interface HttpSpan {
  /** The context below it. */
  readonly context: Context;
  /** Only the first call counts. */
  end(outcome: RequestOutcome): void;
}

const scope = '@ryzanstein/tracing/http';

/** Begins the span of a request, and measures it. */
export function startHttpSpan(request: BegunRequest): HttpSpan {
  const started = thisMoment();
  const span = startSpan(request, started.epochMs);
  let ended = false;
  return {
    context: span === undefined ? request.parent : trace.setSpan(request.parent, span),
    end(outcome) {
      if (ended) return;
      ended = true;
      const durationMs = performance.now() - started.monotonicMs;
      const errorType = errorTypeOf(request.side, outcome);
      if (span?.isRecording() === true) {
        decorate(span, outcome, errorType);
        span.end(hrTimeOf(started.epochMs + durationMs));
      }
      const { side, method, route, scheme, observer } = request;
      observer?.({ side, method, route, scheme, statusCode: outcome.statusCode, errorType, durationMs });
    },
  };
}

function startSpan(request: BegunRequest, startEpochMs: number): Span | undefined {
  const { method, route, scheme, parent, side } = request;
  if (request.untraced || isUntraced(parent) || isTracingSuppressed(parent)) return undefined;
  const attributes: Attributes = {
    'http.request.method': method,
    'url.scheme': scheme,
    ...request.attributes,
  };
  if (route !== undefined) attributes['http.route'] = route;
  const kind = side === 'server' ? SpanKind.SERVER : SpanKind.CLIENT;
  const name = spanName(method, route);
  // Asked for anew each time, because telemetry may have been started again.
  const span = trace
    .getTracer(scope)
    .startSpan(name, { kind, attributes, startTime: hrTimeOf(startEpochMs) }, parent);
  return span.isRecording() ? span : withRandomFlag(span, parent);
}

/** The conventions: a server's error is 5xx, a client's 4xx, too. */
function errorTypeOf(
  side: EndedRequest['side'],
  { statusCode, errorType, broken }: RequestOutcome,
): string | undefined {
  if (statusCode === undefined || broken === true) return errorType;
  return statusCode >= (side === 'server' ? 500 : 400) ? (errorType ?? String(statusCode)) : undefined;
}

function decorate(span: Span, { statusCode, message }: RequestOutcome, errorType: string | undefined): void {
  if (statusCode !== undefined) span.setAttribute('http.response.status_code', statusCode);
  if (errorType === undefined) return;
  span.setAttribute('error.type', errorType);
  span.setStatus(
    message === undefined ? { code: SpanStatusCode.ERROR } : { code: SpanStatusCode.ERROR, message },
  );
}
