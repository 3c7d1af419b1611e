import { context, isSpanContextValid, trace } from '@opentelemetry/api';
import { requestOf } from '../request-context.ts';
import { formatFlags } from '../propagation/traceparent.ts';

/**
 * What a record of the process's logger says about where it was written.
 *
 * @example
 * const fields: LogFields = telemetry.logFields();
 * console.log(JSON.stringify({ message: 'a step of the request', ...fields }));
 */
export interface LogFields {
  trace_id?: string;
  span_id?: string;
  /** Two hex digits. */
  trace_flags?: string;
  request_id?: string;
}

/** The fields of the running code; empty outside of any request. */
export function logFields(): LogFields {
  const active = context.active();
  const fields: LogFields = {};
  const span = trace.getSpanContext(active);
  if (span !== undefined && isSpanContextValid(span)) {
    fields.trace_id = span.traceId;
    fields.span_id = span.spanId;
    fields.trace_flags = formatFlags(span.traceFlags);
  }
  const request = requestOf(active);
  if (request !== undefined) fields.request_id = request.requestId;
  return fields;
}
