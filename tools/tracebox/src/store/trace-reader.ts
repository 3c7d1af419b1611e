import type { DatabaseSync } from 'node:sqlite';
import type { KeyValue } from '../otlp/any-value.ts';
import { kindName } from './term.ts';

/** A trace as a whole; times in microseconds since 1970. */
export interface TraceRow {
  readonly no: number;
  readonly traceId: string;
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
  readonly startUs: number;
  readonly endUs: number;
  readonly spanCount: number;
  readonly errorCount: number;
}

/** What a list of traces needs of a span. */
export interface SpanOutline {
  readonly spanId: string;
  readonly parentId: string;
  readonly resourceNo: number;
  readonly service: string;
  readonly kind: number;
  readonly error: boolean;
  readonly startUs: number;
  readonly endUs: number;
  readonly name: string;
}

/** A span with all that was sent of it. */
export interface StoredSpan {
  /** An `OtlpSpan` as text: most answers pass it on unread. */
  readonly json: string;
  readonly service: string;
  readonly resourceNo: number;
  readonly scopeNo: number;
}

/** A resource, by the number that its spans name. */
export interface StoredResource {
  readonly no: number;
  readonly service: string;
  readonly attributes: readonly KeyValue[];
}

/** A log record with the service that wrote it. */
export interface StoredLog {
  /** An `OtlpLog` as text. */
  readonly json: string;
  readonly service: string;
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

/** An operation of a service. */
export interface Operation {
  readonly name: string;
  readonly kind: ReturnType<typeof kindName>;
}

/** More log records than this of one trace are not shown. */
const maxLogs = 5_000;
const maxLinks = 500;
const maxNames = 2_000;

export const traceColumns = `no, trace_id AS traceId, first_seen_ms AS firstSeenMs, last_seen_ms AS lastSeenMs,
  start_us AS startUs, end_us AS endUs, span_count AS spanCount, error_count AS errorCount`;

/** Reads what was written; every list is in order of time. */
export function createTraceReader(database: DatabaseSync) {
  const findTrace = database.prepare(`SELECT ${traceColumns} FROM traces WHERE trace_id = ?`);
  const outlines = database.prepare(
    `SELECT span_id AS spanId, parent_id AS parentId, resource_no AS resourceNo, service, kind, error,
       start_us AS startUs, end_us AS endUs, name
     FROM spans JOIN resources ON resources.no = resource_no WHERE trace_no = ? ORDER BY start_us, spans.rowid`,
  );
  const spans = database.prepare(
    `SELECT resource_no AS resourceNo, scope_no AS scopeNo, service, spans.json
     FROM spans JOIN resources ON resources.no = resource_no WHERE trace_no = ? ORDER BY start_us, spans.rowid`,
  );
  const resource = database.prepare('SELECT service, json FROM resources WHERE no = ?');
  const scope = database.prepare('SELECT json FROM scopes WHERE no = ?');
  const logs = database.prepare(
    `SELECT logs.json, service FROM logs JOIN resources ON resources.no = resource_no
     WHERE trace_id = ? ORDER BY time_us, logs.no LIMIT ${maxLogs}`,
  );
  const reverseLinks = database.prepare(
    `SELECT traces.trace_id AS traceId, links.span_id AS spanId, to_span_id AS toSpanId, attributes, service, name
     FROM links JOIN traces ON traces.no = links.trace_no
       JOIN spans ON spans.trace_no = links.trace_no AND spans.span_id = links.span_id
       JOIN resources ON resources.no = spans.resource_no
     WHERE to_trace_id = ? ORDER BY spans.start_us LIMIT ${maxLinks}`,
  );
  const linkTargets = database.prepare(
    `SELECT DISTINCT to_trace_id AS traceId, to_span_id AS spanId, service, name
     FROM links JOIN traces ON traces.trace_id = to_trace_id
       JOIN spans ON spans.trace_no = traces.no AND spans.span_id = to_span_id
       JOIN resources ON resources.no = spans.resource_no
     WHERE links.trace_no = ? LIMIT ${maxLinks}`,
  );
  const services = database.prepare(
    `SELECT DISTINCT service FROM operations ORDER BY service LIMIT ${maxNames}`,
  );
  const operations = database.prepare(
    `SELECT name, kind FROM operations WHERE service = ? ORDER BY name, kind LIMIT ${maxNames}`,
  );
  const totals = database.prepare(
    `SELECT count(*) AS traces, coalesce(sum(span_count), 0) AS spans FROM traces`,
  );
  const logTotal = database.prepare('SELECT count(*) AS logs FROM logs');

  return {
    /** The trace, or undefined where none of its spans is stored. */
    find: (traceId: string) => findTrace.get(traceId) as TraceRow | undefined,

    outlines: (trace: TraceRow): SpanOutline[] =>
      outlines.all(trace.no).map((row) => ({ ...(row as unknown as SpanOutline), error: row.error === 1 })),

    spans: (trace: TraceRow): StoredSpan[] =>
      spans.all(trace.no).map((row) => ({
        json: String(row.json),
        service: String(row.service),
        resourceNo: Number(row.resourceNo),
        scopeNo: Number(row.scopeNo),
      })),

    resource(no: number): StoredResource {
      const row = resource.get(no);
      const { attributes = [] } = JSON.parse(String(row?.json ?? '{}')) as { attributes?: KeyValue[] };
      return { no, service: String(row?.service ?? ''), attributes };
    },

    /** OTLP/JSON InstrumentationScope. */
    scope: (no: number): { name: string; version?: string } =>
      JSON.parse(String(scope.get(no)?.json ?? '{"name":""}')) as { name: string },

    /** A trace may have logs and no spans: that of a request that was not sampled. */
    logs: (traceId: string): StoredLog[] =>
      logs.all(traceId).map((row) => ({
        json: String(row.json),
        service: String(row.service),
      })),

    reverseLinks: (traceId: string): ReverseLink[] =>
      reverseLinks.all(traceId).map((row) => ({
        ...(row as unknown as ReverseLink),
        attributes: JSON.parse(String(row.attributes)) as KeyValue[],
      })),

    linkTargets: (trace: TraceRow): LinkTarget[] =>
      linkTargets.all(trace.no).map((row) => row as unknown as LinkTarget),

    services: (): string[] => services.all().map((row) => String(row.service)),

    operations: (service: string): Operation[] =>
      operations.all(service).map((row) => ({ name: String(row.name), kind: kindName(Number(row.kind)) })),

    totals: (): { traces: number; spans: number; logs: number } => {
      const row = totals.get();
      return {
        traces: Number(row?.traces),
        spans: Number(row?.spans),
        logs: Number(logTotal.get()?.logs),
      };
    },
  };
}

/** The reading half of the store. */
export type TraceReader = ReturnType<typeof createTraceReader>;
