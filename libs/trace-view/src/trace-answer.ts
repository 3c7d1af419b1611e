import type { AnyValue, KeyValue } from './otlp-value.ts';

/** A span event in OTLP/JSON. */
export interface SpanEvent {
  timeUnixNano: string;
  name: string;
  attributes?: KeyValue[];
}

/** A span link in OTLP/JSON. */
export interface SpanLink {
  traceId: string;
  spanId: string;
  traceState?: string;
  attributes?: KeyValue[];
  flags?: number;
}

/** A span in OTLP/JSON as Jaeger's v3 API writes it: hex ids, integer kinds, 64-bit numbers as text. */
export interface OtlpSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  traceState?: string;
  flags?: number;
  name: string;
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes?: KeyValue[];
  droppedAttributesCount?: number;
  events?: SpanEvent[];
  droppedEventsCount?: number;
  links?: SpanLink[];
  droppedLinksCount?: number;
  status: { message?: string; code?: number };
}

/** A log record in OTLP/JSON. */
export interface OtlpLog {
  traceId: string;
  spanId?: string;
  timeUnixNano: string;
  severityNumber?: number;
  severityText?: string;
  eventName?: string;
  body: AnyValue;
  attributes?: KeyValue[];
}

/** A span elsewhere that links to a span of this trace. */
export interface ReverseLink {
  readonly traceId: string;
  readonly spanId: string;
  readonly service: string;
  readonly name: string;
  /** The span of this trace that it points to. */
  readonly toSpanId: string;
  readonly attributes: readonly KeyValue[];
}

/** A span that a link points to, where it is stored. */
export interface LinkTarget {
  readonly traceId: string;
  readonly spanId: string;
  readonly service: string;
  readonly name: string;
}

/** All that is known of a trace: what `/api/tracebox/traces/{id}` answers. */
export interface TraceAnswer {
  readonly traceId: string;
  readonly spans: readonly (OtlpSpan & {
    readonly service: string;
    readonly resource: number;
    readonly scope: { readonly name: string; readonly version?: string };
    /** No store gave it: the page that draws it saw it happen. */
    readonly seenHere?: true;
  })[];
  readonly resources: readonly { readonly attributes: readonly KeyValue[] }[];
  readonly logs: readonly (OtlpLog & { readonly service: string })[];
  readonly linkedFrom: readonly ReverseLink[];
  readonly linkTargets: readonly LinkTarget[];
}
