import { isSpanContextValid, trace, type Context, type Span } from '@opentelemetry/api';
import { carryRandomFlag } from './traceparent.ts';

/** For spans that are not recorded, which no span processor sees. */
export function withRandomFlag(span: Span, parent: Context): Span {
  const parentSpan = trace.getSpanContext(parent);
  carryRandomFlag(
    span.spanContext(),
    parentSpan !== undefined && isSpanContextValid(parentSpan) ? parentSpan : undefined,
  );
  return span;
}
