import {
  plainText,
  type KeyValue,
  type OtlpSpan,
  type SpanEvent,
  type SpanLink,
} from '@ryzanstein/trace-view';
import { keyValues } from './any-value.ts';
import { identifier, nanos, object, objects, text, whole, type Source } from './fields.ts';

/** What sent the spans or logs of one group. */
export interface ResourceRecord {
  /** `service.name`, or 'unknown_service' where there is none. */
  readonly service: string;
  readonly attributes: readonly KeyValue[];
  /** OTLP/JSON Resource. */
  readonly json: string;
}

/** The spans of one resource and one scope. */
export interface SpanGroup {
  readonly resource: ResourceRecord;
  /** OTLP/JSON InstrumentationScope. */
  readonly scopeJson: string;
  readonly spans: readonly OtlpSpan[];
}

/** One request's spans, with those that had to be left out counted. */
export interface SpanBatch {
  readonly groups: readonly SpanGroup[];
  readonly rejected: number;
  readonly problem: string;
}

const hex16 = /^(?!0+$)[0-9a-f]{16}$/;
const hex32 = /^(?!0+$)[0-9a-f]{32}$/;
/** 2255-06-05: later microseconds would not be exact in JavaScript. */
const latestNanos = 9_007_199_254_740_991_000n;

/**
 * Reads a decoded trace export. A span that cannot be stored is rejected alone.
 *
 * @throws Refusal when the request as a whole has a wrong shape.
 */
export function readSpanBatch(request: Source): SpanBatch {
  const groups: SpanGroup[] = [];
  let rejected = 0;
  let problem = '';
  for (const resourceSpans of objects(request, 'resourceSpans')) {
    const resource = readResource(object(resourceSpans, 'resource') ?? {});
    for (const scopeSpans of objects(resourceSpans, 'scopeSpans')) {
      const spans: OtlpSpan[] = [];
      for (const source of objects(scopeSpans, 'spans')) {
        const span = readSpan(source);
        if (typeof span === 'object') spans.push(span);
        else {
          rejected += 1;
          problem ||= span;
        }
      }
      if (spans.length > 0) groups.push({ resource, scopeJson: readScope(scopeSpans), spans });
    }
  }
  return { groups, rejected, problem };
}

/** The resource of a group, with its service name. */
export function readResource(source: Source): ResourceRecord {
  const attributes = keyValues(source, 'attributes');
  const name = attributes.find((entry) => entry.key === 'service.name');
  const service = name === undefined ? '' : plainText(name.value);
  return { service: service || 'unknown_service', attributes, json: JSON.stringify({ attributes }) };
}

/** The scope of a group as OTLP/JSON. */
export function readScope(group: Source): string {
  const scope = object(group, 'scope') ?? {};
  const attributes = keyValues(scope, 'attributes');
  const version = text(scope, 'version');
  return JSON.stringify({
    name: text(scope, 'name'),
    ...(version !== '' && { version }),
    ...(attributes.length > 0 && { attributes }),
  });
}

/** The span, or a sentence that says why it cannot be stored. */
function readSpan(source: Source): OtlpSpan | string {
  const traceId = identifier(source, 'traceId');
  const spanId = identifier(source, 'spanId');
  const parentSpanId = identifier(source, 'parentSpanId');
  if (!hex32.test(traceId)) return 'A trace id must be 16 bytes, not all zero.';
  if (!hex16.test(spanId)) return 'A span id must be 8 bytes, not all zero.';
  const startTimeUnixNano = nanos(source, 'startTimeUnixNano');
  const endTimeUnixNano = nanos(source, 'endTimeUnixNano');
  if (BigInt(startTimeUnixNano) > latestNanos || BigInt(endTimeUnixNano) > latestNanos)
    return 'A span must start and end before the year 2255.';
  const attributes = keyValues(source, 'attributes');
  const events = objects(source, 'events').map(readEvent);
  const links = objects(source, 'links').map(readLink).filter(pointsSomewhere);
  const traceState = text(source, 'traceState');
  const status = object(source, 'status') ?? {};
  const message = text(status, 'message');
  const code = whole(status, 'code');
  const flags = whole(source, 'flags');
  return {
    traceId,
    spanId,
    ...(hex16.test(parentSpanId) && { parentSpanId }),
    ...(traceState !== '' && { traceState }),
    ...(flags !== 0 && { flags }),
    name: text(source, 'name').slice(0, 1024),
    kind: whole(source, 'kind'),
    startTimeUnixNano,
    endTimeUnixNano,
    ...(attributes.length > 0 && { attributes }),
    ...counted(source, 'droppedAttributesCount'),
    ...(events.length > 0 && { events }),
    ...counted(source, 'droppedEventsCount'),
    ...(links.length > 0 && { links }),
    ...counted(source, 'droppedLinksCount'),
    status: { ...(message !== '' && { message }), ...(code !== 0 && { code }) },
  };
}

function readEvent(source: Source): SpanEvent {
  const attributes = keyValues(source, 'attributes');
  return {
    timeUnixNano: nanos(source, 'timeUnixNano'),
    name: text(source, 'name'),
    ...(attributes.length > 0 && { attributes }),
  };
}

function readLink(source: Source): SpanLink {
  const attributes = keyValues(source, 'attributes');
  const traceState = text(source, 'traceState');
  const flags = whole(source, 'flags');
  return {
    traceId: identifier(source, 'traceId'),
    spanId: identifier(source, 'spanId'),
    ...(traceState !== '' && { traceState }),
    ...(attributes.length > 0 && { attributes }),
    ...(flags !== 0 && { flags }),
  };
}

function pointsSomewhere(link: SpanLink): boolean {
  return hex32.test(link.traceId) && hex16.test(link.spanId);
}

function counted(source: Source, key: string): Record<string, number> {
  const count = whole(source, key);
  return count === 0 ? {} : { [key]: count };
}

/** True for a trace id as it stands in the store. */
export function isTraceId(value: string): boolean {
  return hex32.test(value);
}

/** True for a span id as it stands in the store. */
export function isSpanId(value: string): boolean {
  return hex16.test(value);
}
