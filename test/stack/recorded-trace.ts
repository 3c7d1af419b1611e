import type { Stack } from '@ryzanstein/stack';
import type { RecordedSpan } from '@ryzanstein/testing';

type Value = string | number | boolean | string[];
type Values = Record<string, Value>;

interface AnyValue {
  readonly stringValue?: string;
  readonly intValue?: string;
  readonly doubleValue?: number;
  readonly boolValue?: boolean;
  readonly arrayValue?: { readonly values?: readonly AnyValue[] };
}

type Pairs = readonly { readonly key: string; readonly value: AnyValue }[];

interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly traceState?: string;
  readonly flags?: number;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes?: Pairs;
  readonly status?: { readonly code?: number; readonly message?: string };
  readonly events?: readonly {
    readonly name: string;
    readonly timeUnixNano: string;
    readonly attributes?: Pairs;
  }[];
  readonly links?: readonly {
    readonly traceId: string;
    readonly spanId: string;
    readonly attributes?: Pairs;
  }[];
}

interface Answer {
  readonly result: {
    readonly resourceSpans: readonly {
      readonly resource: { readonly attributes?: Pairs };
      readonly scopeSpans: readonly {
        readonly scope?: { readonly name?: string };
        readonly spans: readonly OtlpSpan[];
      }[];
    }[];
  };
}

const kinds = ['INTERNAL', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'] as const;
const statuses = ['UNSET', 'OK', 'ERROR'] as const;

/** The spans of a trace as Jaeger has them now, in the form in which the registry is checked. */
export async function recordedTrace(stack: Stack, traceId: string): Promise<RecordedSpan[]> {
  const response = await fetch(`${stack.endpoints.jaegerQuery}/api/v3/traces/${traceId}`);
  if (response.status === 404) return [];
  const { result } = (await response.json()) as Answer;
  return result.resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const of = record(resource.attributes);
    return scopeSpans.flatMap(({ scope, spans }) =>
      spans.map((span) => recorded(span, of, scope?.name ?? '')),
    );
  });
}

function recorded(span: OtlpSpan, resource: Values, scope: string): RecordedSpan {
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    parentSpanId: span.parentSpanId === '' ? undefined : span.parentSpanId,
    name: span.name,
    kind: kinds[span.kind] ?? 'INTERNAL',
    service: String(resource['service.name']),
    scope,
    status: statuses[span.status?.code ?? 0] ?? 'UNSET',
    statusMessage: span.status?.message,
    attributes: record(span.attributes),
    events: (span.events ?? []).map(({ name, timeUnixNano, attributes }) => ({
      name,
      epochMs: Number(timeUnixNano) / 1e6,
      attributes: record(attributes),
    })),
    links: (span.links ?? []).map((link) => ({
      traceId: link.traceId,
      spanId: link.spanId,
      attributes: record(link.attributes),
    })),
    startEpochMs: Number(span.startTimeUnixNano) / 1e6,
    endEpochMs: Number(span.endTimeUnixNano) / 1e6,
    traceState: span.traceState,
    traceFlags: (span.flags ?? 0) & 0xff,
    resource,
  };
}

// Jaeger's own remark on a span, such as that its parent is the caller's and not stored here.
const remark = '@jaeger@warnings';

function record(pairs: Pairs = []): Values {
  return Object.fromEntries(
    pairs.filter(({ key }) => key !== remark).map(({ key, value }) => [key, plain(value)]),
  );
}

function plain(value: AnyValue): Value {
  if (value.stringValue !== undefined) return value.stringValue;
  if (value.intValue !== undefined) return Number(value.intValue);
  if (value.doubleValue !== undefined) return value.doubleValue;
  if (value.boolValue !== undefined) return value.boolValue;
  return (value.arrayValue?.values ?? []).map((one) => String(plain(one)));
}
