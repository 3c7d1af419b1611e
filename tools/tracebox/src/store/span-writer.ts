import type { DatabaseSync } from 'node:sqlite';
import type { OtlpSpan } from '@ryzanstein/trace-view';
import type { SpanBatch } from '../otlp/span-batch.ts';
import type { Catalogue } from './catalogue.ts';
import { errorStatus, hash, resourceTerm, serviceTerm, spanTerms } from './term.ts';

/** More spans than this of one trace are rejected: no view could show them. */
export const maxSpansPerTrace = 20_000;

/** What became of a batch. */
export interface SpansWritten {
  /** Spans that were new. */
  readonly added: number;
  /** Spans beyond the bound of their trace. */
  readonly rejected: number;
}

interface Entry {
  readonly span: OtlpSpan;
  readonly service: string;
  readonly resourceNo: number;
  readonly scopeNo: number;
}

/** Microseconds, cut like Jaeger's. */
export function micros(nanos: string): number {
  return Number(BigInt(nanos) / 1000n);
}

/** Writes spans, each once: the first of several with one (trace id, span id) stays. The caller owns the transaction. */
export function createSpanWriter(database: DatabaseSync, catalogue: Catalogue) {
  const findTrace = database.prepare('SELECT no, span_count FROM traces WHERE trace_id = ?');
  const addTrace = database.prepare(
    `INSERT INTO traces (trace_id, first_seen_ms, last_seen_ms, start_us, end_us, span_count, error_count)
     VALUES (?, ?, ?, ?, ?, 0, 0)`,
  );
  const growTrace = database.prepare(
    `UPDATE traces SET last_seen_ms = ?, start_us = min(start_us, ?), end_us = max(end_us, ?),
       span_count = span_count + ?, error_count = error_count + ? WHERE no = ?`,
  );
  const addSpan = database.prepare(
    `INSERT OR IGNORE INTO spans
       (trace_no, span_id, parent_id, resource_no, scope_no, kind, error, start_us, end_us, name, json)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const addTerm = database.prepare('INSERT OR IGNORE INTO terms (term, trace_no) VALUES (?, ?)');
  const addLink = database.prepare(
    'INSERT INTO links (trace_no, span_id, to_trace_id, to_span_id, attributes) VALUES (?, ?, ?, ?, ?)',
  );
  const seeOperation = database.prepare(
    `INSERT INTO operations (service, name, kind, last_seen_ms) VALUES (?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET last_seen_ms = excluded.last_seen_ms`,
  );

  function writeTrace(traceId: string, entries: readonly Entry[], nowMs: number): SpansWritten {
    const starts = entries.map(({ span }) => micros(span.startTimeUnixNano));
    const ends = entries.map(({ span }, at) => Math.max(micros(span.endTimeUnixNano), starts[at] ?? 0));
    const startUs = starts.reduce((a, b) => Math.min(a, b));
    const endUs = ends.reduce((a, b) => Math.max(a, b));
    const known = findTrace.get(traceId);
    const traceNo = Number(known?.no ?? addTrace.run(traceId, nowMs, nowMs, startUs, endUs).lastInsertRowid);
    const room = Math.max(0, maxSpansPerTrace - Number(known?.span_count ?? 0));
    const terms = new Set<string>();
    let added = 0;
    let errors = 0;
    for (const [at, { span, service, resourceNo, scopeNo }] of entries.slice(0, room).entries()) {
      const error = span.status.code === errorStatus ? 1 : 0;
      const { changes } = addSpan.run(
        traceNo,
        span.spanId,
        span.parentSpanId ?? '',
        resourceNo,
        scopeNo,
        span.kind,
        error,
        starts[at] ?? 0,
        ends[at] ?? 0,
        span.name,
        JSON.stringify(span),
      );
      if (changes === 0) continue;
      added += 1;
      errors += error;
      terms.add(serviceTerm(service)).add(resourceTerm(resourceNo));
      for (const term of spanTerms(span)) terms.add(term);
      for (const link of span.links ?? [])
        addLink.run(traceNo, span.spanId, link.traceId, link.spanId, JSON.stringify(link.attributes ?? []));
    }
    if (added > 0) {
      for (const term of terms) addTerm.run(hash(term), traceNo);
      growTrace.run(nowMs, startUs, endUs, added, errors, traceNo);
    }
    return { added, rejected: entries.length - Math.min(entries.length, room) };
  }

  return function write(batch: SpanBatch, nowMs: number): SpansWritten {
    const traces = new Map<string, Entry[]>();
    const operations = new Map<string, [string, string, number]>();
    for (const { resource, scopeJson, spans } of batch.groups) {
      const resourceNo = catalogue.resource(resource);
      const scopeNo = catalogue.scope(scopeJson);
      for (const span of spans) {
        const entries = traces.get(span.traceId) ?? [];
        if (entries.length === 0) traces.set(span.traceId, entries);
        entries.push({ span, service: resource.service, resourceNo, scopeNo });
        operations.set(`${resource.service}\0${span.name}\0${span.kind}`, [
          resource.service,
          span.name,
          span.kind,
        ]);
      }
    }
    let added = 0;
    let rejected = 0;
    for (const [traceId, entries] of traces) {
      const written = writeTrace(traceId, entries, nowMs);
      added += written.added;
      rejected += written.rejected;
    }
    for (const operation of operations.values()) seeOperation.run(...operation, nowMs);
    return { added, rejected };
  };
}
