import type { SpanOutline, TraceRow } from '../store/trace-reader.ts';

/** A trace as one line of a list. */
export interface TraceSummary {
  readonly traceId: string;
  /** Name and service of the root, or of the earliest span where the root is missing. */
  readonly rootName: string;
  readonly rootService: string;
  /** No span without a parent has arrived. */
  readonly rootMissing: boolean;
  readonly startUnixMicros: number;
  readonly durationMicros: number;
  readonly spanCount: number;
  readonly errorCount: number;
  /** By number of spans, most first. */
  readonly services: readonly { readonly name: string; readonly spanCount: number }[];
  /** The longest spans in order of start: a picture of the trace. */
  readonly bars: readonly Bar[];
}

/** One span of the picture; `service` counts into `services`. */
export interface Bar {
  readonly service: number;
  readonly offsetMicros: number;
  readonly durationMicros: number;
  readonly depth: number;
  readonly error?: true;
}

const maxBars = 48;

/** Sums a trace up; `spans` are in order of start. */
export function summarise(trace: TraceRow, spans: readonly SpanOutline[]): TraceSummary {
  const root = spans.find((span) => span.parentId === '');
  const shown = root ?? spans[0];
  const counts = new Map<string, number>();
  for (const { service } of spans) counts.set(service, (counts.get(service) ?? 0) + 1);
  const services = [...counts]
    .map(([name, spanCount]) => ({ name, spanCount }))
    .sort((a, b) => b.spanCount - a.spanCount || a.name.localeCompare(b.name));
  const indexes = new Map(services.map(({ name }, index) => [name, index]));
  const depths = depthsOf(spans);
  const longest = new Set(
    [...spans].sort((a, b) => b.endUs - b.startUs - (a.endUs - a.startUs)).slice(0, maxBars),
  );
  return {
    traceId: trace.traceId,
    rootName: shown?.name ?? '',
    rootService: shown?.service ?? '',
    rootMissing: root === undefined,
    startUnixMicros: trace.startUs,
    durationMicros: trace.endUs - trace.startUs,
    spanCount: trace.spanCount,
    errorCount: trace.errorCount,
    services,
    bars: spans
      .filter((span) => longest.has(span))
      .map((span) => ({
        service: indexes.get(span.service) ?? 0,
        offsetMicros: span.startUs - trace.startUs,
        durationMicros: span.endUs - span.startUs,
        depth: depths.get(span.spanId) ?? 0,
        ...(span.error && { error: true as const }),
      })),
  };
}

/** How deep each span stands in the tree; a cycle of parents ends at its first span. */
function depthsOf(spans: readonly SpanOutline[]): Map<string, number> {
  const parents = new Map(spans.map((span) => [span.spanId, span.parentId]));
  const depths = new Map<string, number>();
  for (const { spanId } of spans) {
    const path: string[] = [];
    const seen = new Set<string>();
    let at = spanId;
    while (parents.has(at) && !depths.has(at) && !seen.has(at)) {
      seen.add(at);
      path.push(at);
      at = parents.get(at) ?? '';
    }
    let depth = depths.get(at) ?? -1;
    for (const id of path.reverse()) depths.set(id, (depth += 1));
  }
  return depths;
}
