import {
  isWhole,
  millisecondsBetween,
  type Attributes,
  type Trace,
  type TraceNode,
} from '@ryzanstein/trace-analysis';
import type { LogLine } from './stored-logs.ts';

/** A span for machines; times in milliseconds, with fractions, since the trace began. */
export interface SpanJson {
  readonly name: string;
  readonly service: string;
  readonly kind: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  /** Present and true where the parent should be in the trace and is not. */
  readonly orphan?: true;
  readonly startMs: number;
  readonly durationMs: number;
  readonly status: string;
  readonly statusMessage?: string;
  readonly attributes: Attributes;
  readonly events: readonly {
    readonly name: string;
    readonly atMs: number;
    readonly attributes: Attributes;
  }[];
  readonly links: readonly {
    readonly traceId: string;
    readonly spanId: string;
    readonly attributes: Attributes;
  }[];
  readonly children: readonly SpanJson[];
}

/** What `ryz trace --json` prints. */
export interface TraceJson {
  readonly traceId: string;
  readonly url: string;
  /** ISO 8601, milliseconds. */
  readonly startTime: string;
  readonly durationMs: number;
  readonly spanCount: number;
  readonly services: readonly string[];
  /** False where spans seem to be missing. */
  readonly complete: boolean;
  /** A caller's span that is not recorded in this store. */
  readonly callerSpanId?: string;
  readonly roots: readonly SpanJson[];
  /** Present where logs were asked for and the store keeps them. */
  readonly logs?: readonly {
    readonly atMs: number;
    readonly service: string;
    readonly level: string;
    readonly message: string;
    readonly spanId?: string;
  }[];
}

export function traceJson(trace: Trace, url: string, logs?: readonly LogLine[]): TraceJson {
  const since = (timeNs: bigint): number => millisecondsBetween(trace.startNs, timeNs);
  const spanJson = ({ span, children, orphan }: TraceNode): SpanJson => ({
    name: span.name,
    service: span.service,
    kind: span.kind,
    spanId: span.spanId,
    ...(span.parentSpanId === undefined ? {} : { parentSpanId: span.parentSpanId }),
    ...(orphan ? { orphan } : {}),
    startMs: since(span.startNs),
    durationMs: millisecondsBetween(span.startNs, span.endNs),
    status: span.status,
    ...(span.statusMessage === undefined ? {} : { statusMessage: span.statusMessage }),
    attributes: span.attributes,
    events: span.events.map(({ name, timeNs, attributes }) => ({ name, atMs: since(timeNs), attributes })),
    links: span.links,
    children: children.map(spanJson),
  });
  return {
    traceId: trace.traceId,
    url,
    startTime: new Date(Number(trace.startNs / 1_000_000n)).toISOString(),
    durationMs: millisecondsBetween(trace.startNs, trace.endNs),
    spanCount: trace.spanCount,
    services: trace.services,
    complete: isWhole(trace),
    ...(trace.callerSpanId === undefined ? {} : { callerSpanId: trace.callerSpanId }),
    roots: trace.roots.map(spanJson),
    ...(logs === undefined
      ? {}
      : {
          logs: logs.map(({ timeNs, ...log }) => ({ atMs: since(timeNs), ...log })),
        }),
  };
}
