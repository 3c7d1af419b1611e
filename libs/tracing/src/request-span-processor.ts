import type { Context } from '@opentelemetry/api';
import type { Span, SpanProcessor } from '@opentelemetry/sdk-trace';
import { requestOf } from './request-context.ts';
import { carryRandomFlag } from './propagation/traceparent.ts';

/**
 * Stamps every span with the id of the request that it belongs to, and links the root of a request whose
 * caller is not trusted to the caller's span, whoever starts it.
 */
export class RequestSpanProcessor implements SpanProcessor {
  onStart(span: Span, parent: Context): void {
    const request = requestOf(parent);
    if (request !== undefined) {
      span.setAttribute('request.id', request.requestId);
      if (request.caller !== undefined && span.parentSpanContext === undefined)
        span.addLink({ context: request.caller });
    }
    carryRandomFlag(span.spanContext(), span.parentSpanContext);
  }

  onEnd(): void {}

  forceFlush(): Promise<void> {
    return Promise.resolve();
  }

  shutdown(): Promise<void> {
    return Promise.resolve();
  }
}
