import {
  textAttribute,
  type AttributeValue,
  type Attributes,
  type Span,
  type SpanEvent,
  type SpanKind,
  type SpanLink,
} from './span.ts';

type Json = Readonly<Record<string, unknown>>;

const kinds: readonly SpanKind[] = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'];

/**
 * Reads OTLP's JSON form of traces, bare or wrapped in `result` as query APIs answer it.
 * Numbers and their enum names are both understood. A span that was stored twice counts once.
 */
export function readOtlpTraces(body: unknown): Span[] {
  const spans = new Map<string, Span>();
  for (const resourceSpans of list(unwrapped(body).resourceSpans)) {
    const resource = readAttributes(record(record(resourceSpans).resource).attributes);
    const service = textAttribute(resource, 'service.name') ?? 'unknown';
    for (const scopeSpans of list(record(resourceSpans).scopeSpans))
      for (const raw of list(record(scopeSpans).spans)) {
        const span = readSpan(record(raw), service);
        spans.set(`${span.traceId}:${span.spanId}`, span);
      }
  }
  return [...spans.values()];
}

function readSpan(raw: Json, service: string): Span {
  const parentSpanId = hex(raw.parentSpanId);
  const startNs = nanoseconds(raw.startTimeUnixNano);
  const endNs = nanoseconds(raw.endTimeUnixNano);
  const status = record(raw.status);
  const statusMessage = text(status.message);
  return {
    traceId: hex(raw.traceId),
    spanId: hex(raw.spanId),
    ...(/[1-9a-f]/.test(parentSpanId) ? { parentSpanId } : {}),
    name: text(raw.name),
    kind: readKind(raw.kind),
    service,
    startNs,
    // A clock that went back must not draw a bar of negative length.
    endNs: endNs < startNs ? startNs : endNs,
    attributes: withoutRemarks(readAttributes(raw.attributes)),
    events: list(raw.events).map((event) => readEvent(record(event))),
    links: list(raw.links).map((link) => readLink(record(link))),
    status: readStatus(status.code),
    ...(statusMessage === '' ? {} : { statusMessage }),
  };
}

function readEvent(raw: Json): SpanEvent {
  return {
    name: text(raw.name),
    timeNs: nanoseconds(raw.timeUnixNano),
    attributes: readAttributes(raw.attributes),
  };
}

function readLink(raw: Json): SpanLink {
  return {
    traceId: hex(raw.traceId),
    spanId: hex(raw.spanId),
    attributes: withoutRemarks(readAttributes(raw.attributes)),
  };
}

// What Jaeger adds: warnings, such as that a parent is the caller's and not stored, which its memory repeats with every
// question; and, on Elasticsearch, the kind of a link.
const remark = /^@jaeger@|^opentracing\.ref_type$/;

function withoutRemarks(attributes: Attributes): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([key]) => !remark.test(key)));
}

function readKind(raw: unknown): SpanKind {
  if (typeof raw === 'number') return kinds[raw] ?? 'unspecified';
  const name = text(raw)
    .replace(/^SPAN_KIND_/, '')
    .toLowerCase();
  return kinds.find((kind) => kind === name) ?? 'unspecified';
}

function readStatus(raw: unknown): Span['status'] {
  if (raw === 2 || raw === 'STATUS_CODE_ERROR') return 'error';
  return raw === 1 || raw === 'STATUS_CODE_OK' ? 'ok' : 'unset';
}

/** OTLP's list of `{ key, value: { stringValue | intValue | … } }` as a plain object. */
export function readAttributes(raw: unknown): Attributes {
  const attributes: Record<string, AttributeValue> = {};
  for (const entry of list(raw)) attributes[String(record(entry).key)] = readValue(record(entry).value);
  return attributes;
}

function readValue(raw: unknown): AttributeValue {
  const value = record(raw);
  if ('stringValue' in value) return String(value.stringValue);
  if ('boolValue' in value) return value.boolValue === true;
  if ('intValue' in value) return wholeNumber(String(value.intValue));
  if ('doubleValue' in value) return Number(value.doubleValue);
  if ('arrayValue' in value) return list(record(value.arrayValue).values).map(readValue);
  if ('kvlistValue' in value) return readAttributes(record(value.kvlistValue).values);
  return 'bytesValue' in value ? String(value.bytesValue) : null;
}

function wholeNumber(digits: string): number | string {
  const value = Number(digits);
  return Number.isSafeInteger(value) ? value : digits;
}

function unwrapped(body: unknown): Json {
  const outer = record(body);
  return 'result' in outer ? record(outer.result) : outer;
}

function record(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function text(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function hex(value: unknown): string {
  return text(value).toLowerCase();
}

/** Nanoseconds since 1970 from OTLP's decimal text; 0 for anything else. */
export function nanoseconds(value: unknown): bigint {
  return /^\d+$/.test(text(value)) ? BigInt(text(value)) : 0n;
}
