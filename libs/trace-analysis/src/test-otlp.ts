import { valueText, type AttributeValue, type Attributes, type Span } from './span.ts';

const kinds = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'];

/** Spans as a query API writes them: OTLP in JSON, one resource per span. */
export function otlpJson(spans: readonly Span[]) {
  return {
    resourceSpans: spans.map((span) => ({
      resource: { attributes: attributes({ 'service.name': span.service }) },
      scopeSpans: [
        {
          scope: { name: 'test' },
          spans: [
            {
              traceId: span.traceId,
              spanId: span.spanId,
              ...(span.parentSpanId === undefined ? {} : { parentSpanId: span.parentSpanId }),
              name: span.name,
              kind: kinds.indexOf(span.kind),
              startTimeUnixNano: String(span.startNs),
              endTimeUnixNano: String(span.endNs),
              attributes: attributes(span.attributes),
              events: span.events.map((event) => ({
                name: event.name,
                timeUnixNano: String(event.timeNs),
                attributes: attributes(event.attributes),
              })),
              links: span.links.map((link) => ({ ...link, attributes: attributes(link.attributes) })),
              status: span.status === 'error' ? { code: 2, message: span.statusMessage ?? '' } : {},
            },
          ],
        },
      ],
    })),
  };
}

function attributes(values: Attributes) {
  return Object.entries(values).map(([key, value]) => ({ key, value: anyValue(value) }));
}

function anyValue(value: AttributeValue): object {
  if (Array.isArray(value)) return { arrayValue: { values: value.map(anyValue) } };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number')
    return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  return { stringValue: valueText(value) };
}
