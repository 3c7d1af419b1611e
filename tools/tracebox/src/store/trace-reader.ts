import type { DatabaseSync } from 'node:sqlite';
import type { KeyValue, LinkTarget, ReverseLink } from '@ryzanstein/trace-view';
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

/** What a list of traces shows of one. */
export interface TracePicture {
  /** The earliest span without a parent. */
  readonly root: { readonly service: string; readonly name: string } | undefined;
  /** The earliest span of all. */
  readonly first: { readonly service: string; readonly name: string } | undefined;
  /** By number of spans, most first. */
  readonly services: readonly { readonly name: string; readonly spanCount: number }[];
  /** The longest spans, in order of start. */
  readonly bars: readonly {
    readonly service: string;
    readonly startUs: number;
    readonly endUs: number;
    readonly error: number;
  }[];
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
  readonly receivedMs: number;
}

/** An operation of a service. */
export interface Operation {
  readonly name: string;
  readonly kind: ReturnType<typeof kindName>;
}

/** More log records than this of one trace are not shown. */
const maxLogs = 5_000;
const maxLinks = 500;
/** Spans in the small picture of a trace. */
const maxBars = 48;
const maxNames = 2_000;

export const traceColumns = `no, trace_id AS traceId, first_seen_ms AS firstSeenMs, last_seen_ms AS lastSeenMs,
  start_us AS startUs, end_us AS endUs, span_count AS spanCount, error_count AS errorCount`;

/** Reads what was written; every list is in order of time. */
export function createTraceReader(database: DatabaseSync) {
  const findTrace = database.prepare(`SELECT ${traceColumns} FROM traces WHERE trace_id = ?`);
  const ofTrace = 'FROM spans JOIN resources ON resources.no = resource_no WHERE trace_no = ?';
  const root = database.prepare(
    `SELECT service, name ${ofTrace} AND parent_id = '' ORDER BY start_us, spans.rowid LIMIT 1`,
  );
  const first = database.prepare(`SELECT service, name ${ofTrace} ORDER BY start_us, spans.rowid LIMIT 1`);
  const servicesOf = database.prepare(
    `SELECT service AS name, count(*) AS spanCount ${ofTrace} GROUP BY service ORDER BY 2 DESC, 1`,
  );
  const bars = database.prepare(
    `SELECT service, start_us AS startUs, end_us AS endUs, error ${ofTrace}
     ORDER BY end_us - start_us DESC LIMIT ${maxBars}`,
  );
  const spans = database.prepare(
    `SELECT resource_no AS resourceNo, scope_no AS scopeNo, service, spans.json
     FROM spans JOIN resources ON resources.no = resource_no WHERE trace_no = ? ORDER BY start_us, spans.rowid`,
  );
  const resource = database.prepare('SELECT service, json FROM resources WHERE no = ?');
  const scope = database.prepare('SELECT json FROM scopes WHERE no = ?');
  const logs = database.prepare(
    `SELECT logs.json, service, received_ms FROM logs JOIN resources ON resources.no = resource_no
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

    picture: (trace: TraceRow): TracePicture => ({
      root: root.get(trace.no) as TracePicture['root'],
      first: first.get(trace.no) as TracePicture['first'],
      services: servicesOf.all(trace.no) as unknown as TracePicture['services'],
      bars: (bars.all(trace.no) as unknown as TracePicture['bars']).toSorted((a, b) => a.startUs - b.startUs),
    }),

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
        receivedMs: Number(row.received_ms),
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
