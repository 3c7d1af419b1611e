import {
  isSpanContextValid,
  propagation,
  trace,
  type Context,
  type TextMapGetter,
  type TextMapPropagator,
  type TextMapSetter,
} from '@opentelemetry/api';
import { isTracingSuppressed } from '@opentelemetry/core';
import { baggageText, passedBaggage } from './passed-baggage.ts';
import { requestOf, withRequest } from '../request-context.ts';
import { isRequestId, newRequestId, requestIdHeader } from './request-id.ts';
import { asksToKeep, samplingPriorityHeader } from '../sampling/sampling-priority.ts';
import { formatTraceparent, parseTraceparent } from './traceparent.ts';
import { parseTraceState } from './trace-state.ts';

/**
 * W3C trace context, baggage and the request id, over anything that carries headers. Whatever
 * arrives, `extract` gives a context to serve the request in: bad headers are left out, one by one.
 */
export const meshPropagator: TextMapPropagator = {
  inject(context: Context, carrier: unknown, setter: TextMapSetter): void {
    // The exporters' own calls must not look like part of a request.
    if (isTracingSuppressed(context)) return;
    const span = trace.getSpanContext(context);
    if (span !== undefined && isSpanContextValid(span)) {
      setter.set(carrier, 'traceparent', formatTraceparent(span));
      const state = span.traceState?.serialize();
      if (state !== undefined && state !== '') setter.set(carrier, 'tracestate', state);
    }
    const baggage = propagation.getBaggage(context);
    if (baggage !== undefined) {
      const text = baggageText(baggage);
      if (text !== '') setter.set(carrier, 'baggage', text);
    }
    const request = requestOf(context);
    if (request !== undefined) setter.set(carrier, requestIdHeader, request.requestId);
  },

  extract(context: Context, carrier: unknown, getter: TextMapGetter): Context {
    const requestId = first(getter.get(carrier, requestIdHeader));
    let extracted = withRequest(context, {
      requestId: isRequestId(requestId) ? requestId : newRequestId(),
      carrier,
      forced: asksToKeep(getter.get(carrier, samplingPriorityHeader)),
    });

    const traceparent = only(getter.get(carrier, 'traceparent'));
    const parent = traceparent === undefined ? undefined : parseTraceparent(traceparent);
    if (parent !== undefined) {
      const state = joined(getter.get(carrier, 'tracestate'));
      const traceState = state === undefined ? undefined : parseTraceState(state);
      extracted = trace.setSpanContext(
        extracted,
        traceState === undefined ? parent : { ...parent, traceState },
      );
    }

    const baggageHeader = joined(getter.get(carrier, 'baggage'));
    const baggage = baggageHeader === undefined ? undefined : passedBaggage(baggageHeader);
    return baggage === undefined ? extracted : propagation.setBaggage(extracted, baggage);
  },

  fields: () => ['traceparent', 'tracestate', 'baggage', requestIdHeader],
};

type HeaderValue = string | string[] | undefined;

function first(value: HeaderValue): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}

/** The value where there is exactly one: of two parents neither can be believed. */
function only(value: HeaderValue): string | undefined {
  if (!Array.isArray(value)) return value;
  return value.length === 1 ? value[0] : undefined;
}

function joined(value: HeaderValue): string | undefined {
  if (!Array.isArray(value)) return value;
  return value.length === 0 ? undefined : value.join(',');
}
