import type { Context } from '@opentelemetry/api';
import type { Span, SpanProcessor } from '@opentelemetry/sdk-trace';
import { requestOf } from './request-context.ts';
import { randomFlag } from './traceparent.ts';

/** Stamps every span with the id of the request that it belongs to. */
export class RequestSpanProcessor implements SpanProcessor {
  onStart(span: Span, parent: Context): void {
    const request = requestOf(parent);
    if (request !== undefined) span.setAttribute('request.id', request.requestId);
    // The SDK gives a span no flag but `sampled`. A trace begun here has a random id, and whether
    // another's has is for the other to say.
    const parentFlags = span.parentSpanContext?.traceFlags ?? randomFlag;
    span.spanContext().traceFlags |= parentFlags & randomFlag;
  }

  onEnd(): void {}

  forceFlush(): Promise<void> {
    return Promise.resolve();
  }

  shutdown(): Promise<void> {
    return Promise.resolve();
  }
}
