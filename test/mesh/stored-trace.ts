/** Reads traces back from the store, as Jaeger's API gives them. */

/** One stored span, with what the tests look at. */
export interface StoredSpan {
  readonly name: string;
  readonly kind: string;
  readonly service: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly error: boolean;
  readonly events: readonly { readonly name: string; readonly atNs: bigint }[];
  readonly links: readonly {
    readonly traceId: string;
    readonly spanId: string;
    readonly attributes: Readonly<Record<string, unknown>>;
  }[];
}

interface AnyValue {
  readonly stringValue?: string;
  readonly intValue?: string;
  readonly doubleValue?: number;
  readonly boolValue?: boolean;
  readonly arrayValue?: { readonly values?: readonly AnyValue[] };
}

interface KeyValue {
  readonly key: string;
  readonly value: AnyValue;
}

interface OtlpSpan {
  readonly name: string;
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes?: readonly KeyValue[];
  readonly status?: { readonly code?: number };
  readonly events?: readonly { readonly name: string; readonly timeUnixNano: string }[];
  readonly links?: readonly {
    readonly traceId: string;
    readonly spanId: string;
    readonly attributes?: readonly KeyValue[];
  }[];
}

interface TraceAnswer {
  readonly result: {
    readonly resourceSpans: readonly {
      readonly resource: { readonly attributes: readonly KeyValue[] };
      // Jaeger may give a scope without the list of its spans.
      readonly scopeSpans: readonly { readonly spans?: readonly OtlpSpan[] }[];
    }[];
  };
}

const kinds = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'];

function plain(value: AnyValue): unknown {
  if (value.stringValue !== undefined) return value.stringValue;
  if (value.intValue !== undefined) return Number(value.intValue);
  if (value.doubleValue !== undefined) return value.doubleValue;
  if (value.boolValue !== undefined) return value.boolValue;
  return (value.arrayValue?.values ?? []).map(plain);
}

function record(pairs: readonly KeyValue[] = []): Record<string, unknown> {
  return Object.fromEntries(pairs.map(({ key, value }) => [key, plain(value)]));
}

function spansOf(answer: TraceAnswer): StoredSpan[] {
  return answer.result.resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const service = String(record(resource.attributes)['service.name']);
    return scopeSpans.flatMap(({ spans = [] }) =>
      spans.map((span) => ({
        name: span.name,
        kind: kinds[span.kind] ?? String(span.kind),
        service,
        traceId: span.traceId,
        spanId: span.spanId,
        parentSpanId: span.parentSpanId ?? '',
        startNs: BigInt(span.startTimeUnixNano),
        endNs: BigInt(span.endTimeUnixNano),
        attributes: record(span.attributes),
        error: span.status?.code === 2,
        events: (span.events ?? []).map(({ name, timeUnixNano }) => ({ name, atNs: BigInt(timeUnixNano) })),
        links: (span.links ?? []).map(({ traceId, spanId, attributes }) => ({
          traceId,
          spanId,
          attributes: record(attributes),
        })),
      })),
    );
  });
}

/** The spans of a trace as stored now; none where it is unknown. */
export async function storedSpans(ui: string, traceId: string): Promise<StoredSpan[]> {
  const response = await fetch(`http://${ui}/api/v3/traces/${traceId}`);
  if (response.status === 404) return [];
  return spansOf((await response.json()) as TraceAnswer);
}

/** Polls until `done` holds of what `read` gives; fails with the last value after `limitMs`. */
export async function until<Value>(
  read: () => Promise<Value>,
  done: (value: Value) => boolean,
  limitMs: number,
): Promise<Value> {
  const endAt = performance.now() + limitMs;
  for (;;) {
    const value = await read();
    if (done(value)) return value;
    if (performance.now() > endAt) throw new Error(`not within ${limitMs} ms; last seen: ${show(value)}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

function show(value: unknown): string {
  if (Array.isArray(value) && value.every(isSpan)) return `\n${outline(value)}`;
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'bigint' ? String(inner) : inner,
  ).slice(0, 2_000);
}

function isSpan(value: unknown): value is StoredSpan {
  return typeof value === 'object' && value !== null && 'spanId' in value;
}

/**
 * The tree as text, a line a span, children indented and in the order of their start: name,
 * kind, service, and `!` for an error. A span whose parent is not stored is marked.
 */
export function outline(spans: readonly StoredSpan[], rootParent = ''): string {
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const lines: string[] = [];
  const visit = (span: StoredSpan, depth: number): void => {
    const orphan = depth === 0 && span.parentSpanId !== rootParent ? ' (parent is missing)' : '';
    lines.push(
      `${'  '.repeat(depth)}${span.name} ${span.kind} ${span.service}${span.error ? ' !' : ''}${orphan}`,
    );
    for (const child of childrenOf(span)) visit(child, depth + 1);
  };
  const childrenOf = ({ spanId }: StoredSpan): StoredSpan[] =>
    inOrder(spans.filter(({ parentSpanId }) => parentSpanId === spanId));
  for (const root of inOrder(spans.filter(({ parentSpanId }) => !ids.has(parentSpanId)))) visit(root, 0);
  return lines.join('\n');
}

function inOrder(spans: StoredSpan[]): StoredSpan[] {
  return spans.sort((a, b) => Number(a.startNs - b.startNs));
}

/** The one span of that name (and kind); fails where there is none or more than one. */
export function only(spans: readonly StoredSpan[], name: string, kind?: string): StoredSpan {
  const found = spans.filter((span) => span.name === name && (kind === undefined || span.kind === kind));
  const [span] = found;
  if (span === undefined || found.length > 1)
    throw new Error(`${found.length} spans ${name}:\n${outline(spans)}`);
  return span;
}

/** Duration in milliseconds. */
export function durationMs({ startNs, endNs }: StoredSpan): number {
  return Number(endNs - startNs) / 1e6;
}
