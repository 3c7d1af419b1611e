import {
  propagation,
  trace,
  type Context,
  type SpanContext,
  type TextMapGetter,
  type TextMapPropagator,
  type TextMapSetter,
} from '@opentelemetry/api';
import { isTracingSuppressed } from '@opentelemetry/core';
import { requestOf, withRequest } from '../request-context.ts';
import { asksToKeep, samplingPriorityHeader } from '../sampling/sampling-priority.ts';
import { callerTrust, type CallerTrust } from './caller-trust.ts';
import { baggageText, passedBaggage } from './passed-baggage.ts';
import { isRequestId, newRequestId, requestIdHeader } from './request-id.ts';
import { propagated } from './propagated.ts';
import { parseTraceState, traceStateText } from './trace-state.ts';
import { formatTraceparent, hasValidIds, parseTraceparent } from './traceparent.ts';

const propagatedFields: readonly string[] = ['traceparent', 'tracestate', 'baggage', requestIdHeader];

/** Every header that is read, in lower case. */
export const readFields: readonly string[] = [...propagatedFields, samplingPriorityHeader];

/**
 * W3C trace context, baggage and the request id, over anything that carries headers. Whatever
 * arrives, `extract` gives a context to serve the request in: bad headers are left out, one by one.
 */
export const meshPropagator: TextMapPropagator = {
  inject: injectContext,
  extract: (context, carrier, getter) => extractContext(context, carrier, getter, callerTrust()),
  fields: () => [...propagatedFields],
};

/** Writes the headers that continue `context` elsewhere; those that it has nothing for are left as they are. */
export function injectContext(context: Context, carrier: unknown, setter: TextMapSetter): void {
  // The exporters' own calls must not look like part of a request.
  if (isTracingSuppressed(context)) return;
  const passes = propagated();
  const span = passes.trace ? trace.getSpanContext(context) : undefined;
  if (span !== undefined && hasValidIds(span)) {
    setter.set(carrier, 'traceparent', formatTraceparent(span));
    const state = span.traceState === undefined ? undefined : traceStateText(span.traceState);
    if (state !== undefined) setter.set(carrier, 'tracestate', state);
  }
  const baggage = passes.baggage ? propagation.getBaggage(context) : undefined;
  if (baggage !== undefined) {
    const text = baggageText(baggage);
    if (text !== '') setter.set(carrier, 'baggage', text);
  }
  const request = requestOf(context);
  if (request !== undefined) setter.set(carrier, requestIdHeader, request.requestId);
}

/** The context to serve a request in. Where its caller is not trusted, a trace is left to be begun in it. */
export function extractContext(
  context: Context,
  carrier: unknown,
  getter: TextMapGetter,
  trust: CallerTrust,
): Context {
  const given = first(getter.get(carrier, requestIdHeader));
  const requestId = isRequestId(given) ? given : newRequestId();
  const passes = propagated();
  const caller = passes.trace ? readCaller(carrier, getter) : undefined;
  let extracted: Context;
  if (trust === 'restart') extracted = withRequest(context, { requestId, carrier, caller });
  else {
    const forced = asksToKeep(getter.get(carrier, samplingPriorityHeader));
    const span = caller === undefined ? undefined : trace.wrapSpanContext(caller);
    extracted = withRequest(context, { requestId, carrier, forced }, span);
  }
  const header = passes.baggage ? joined(getter.get(carrier, 'baggage')) : undefined;
  const baggage = header === undefined ? undefined : passedBaggage(header);
  return baggage === undefined ? extracted : propagation.setBaggage(extracted, baggage);
}

function readCaller(carrier: unknown, getter: TextMapGetter): SpanContext | undefined {
  const traceparent = only(getter.get(carrier, 'traceparent'));
  const caller = traceparent === undefined ? undefined : parseTraceparent(traceparent);
  if (caller === undefined) return undefined;
  const state = joined(getter.get(carrier, 'tracestate'));
  if (state !== undefined) caller.traceState = parseTraceState(state);
  return caller;
}

// A carrier of the user's may hold anything, whatever its type says.
type HeaderValue = unknown;

function first(value: HeaderValue): unknown {
  return Array.isArray(value) ? value[0] : value;
}

/** The value where there is exactly one: of two parents neither can be believed. */
function only(value: HeaderValue): string | undefined {
  const one: unknown = Array.isArray(value) && value.length === 1 ? value[0] : value;
  return typeof one === 'string' ? one : undefined;
}

function joined(value: HeaderValue): string | undefined {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value) || value.length === 0) return undefined;
  return value.filter((one) => typeof one === 'string').join(',');
}
