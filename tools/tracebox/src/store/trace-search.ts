import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import type { KeyValue } from '../otlp/any-value.ts';
import type { OtlpSpan } from '../otlp/span-batch.ts';
import { attributeTerm, hash, operationTerm, pairs, resourceTerm, searchable, serviceTerm } from './term.ts';
import { traceColumns, type TraceRow } from './trace-reader.ts';

/** A range of microseconds; an absent end is open. */
export interface Range {
  readonly min?: number;
  readonly max?: number;
}

/** What to look for. Everything that concerns a span must hold for one and the same span. */
export interface TraceQuery {
  readonly service?: string;
  readonly operation?: string;
  /** On the span or its resource; values as text. */
  readonly attributes: readonly (readonly [key: string, value: string])[];
  readonly spanDurationUs?: Range;
  readonly traceDurationUs?: Range;
  readonly startUs?: Range;
  /** The trace has a span with an error. */
  readonly errorsOnly?: boolean;
  readonly limit: number;
}

/**
 * Traces whose spans are looked at for one search. The index finds traces in which each term
 * occurs; only where terms never meet on one span can a search come to this bound.
 */
const maxExamined = 2_000;

/** Finds traces, those that started last first. */
export function createTraceSearch(database: DatabaseSync) {
  const resources = database.prepare('SELECT no, service, json FROM resources');
  const spans = database.prepare(
    'SELECT resource_no AS resourceNo, start_us AS startUs, end_us AS endUs, name, json FROM spans WHERE trace_no = ?',
  );

  /** Resources that have the attribute: there are few, and their spans share it. */
  function resourcesWith(key: string, value: string): Set<number> {
    const found = resources.all().filter((row) => {
      const { attributes = [] } = JSON.parse(String(row.json)) as { attributes?: KeyValue[] };
      return pairs(attributes).some((pair) => pair[0] === key && pair[1] === value);
    });
    return new Set(found.map((row) => Number(row.no)));
  }

  return function search(query: TraceQuery): TraceRow[] {
    const conditions: string[] = [];
    const values: SQLInputValue[] = [];
    const where = (condition: string, ...given: SQLInputValue[]): void => {
      conditions.push(condition);
      values.push(...given);
    };
    const hasTerm = (...terms: string[]): void =>
      where(
        `EXISTS (SELECT 1 FROM terms WHERE trace_no = traces.no AND term IN (${terms.map(() => '?').join(', ')}))`,
        ...terms.map(hash),
      );
    const between = (expression: string, { min, max }: Range): void => {
      if (min !== undefined) where(`${expression} >= ?`, min);
      if (max !== undefined) where(`${expression} <= ?`, max);
    };

    between('start_us', query.startUs ?? {});
    between('end_us - start_us', query.traceDurationUs ?? {});
    // A span is never longer than its trace.
    if (query.spanDurationUs?.min !== undefined) where('end_us - start_us >= ?', query.spanDurationUs.min);
    if (query.errorsOnly === true) where('error_count > 0');
    if (query.service !== undefined) hasTerm(serviceTerm(query.service));
    if (query.operation !== undefined) hasTerm(operationTerm(query.operation));
    const wanted = query.attributes.map(([key, value]) => ({
      key,
      value,
      resources: resourcesWith(key, value),
    }));
    for (const { key, value, resources } of wanted)
      hasTerm(attributeTerm(key, value), ...[...resources].map(resourceTerm));

    const candidates = database.prepare(
      `SELECT ${traceColumns} FROM traces ${conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : ''}
       ORDER BY start_us DESC, no DESC LIMIT ${maxExamined}`,
    );
    const concernsSpan =
      query.service !== undefined ||
      query.operation !== undefined ||
      query.spanDurationUs !== undefined ||
      wanted.length > 0;
    const services = new Map(resources.all().map((row) => [Number(row.no), String(row.service)]));

    const matches = (trace: TraceRow): boolean => {
      for (const row of spans.iterate(trace.no)) {
        const resourceNo = Number(row.resourceNo);
        const durationUs = Number(row.endUs) - Number(row.startUs);
        if (query.service !== undefined && services.get(resourceNo) !== query.service) continue;
        if (query.operation !== undefined && row.name !== query.operation) continue;
        if (durationUs < (query.spanDurationUs?.min ?? 0)) continue;
        if (durationUs > (query.spanDurationUs?.max ?? Infinity)) continue;
        const open = wanted.filter((attribute) => !attribute.resources.has(resourceNo));
        if (open.length > 0) {
          const has = searchable(JSON.parse(String(row.json)) as OtlpSpan);
          const holds = ({ key, value }: { key: string; value: string }) =>
            has.some((pair) => pair[0] === key && pair[1] === value);
          if (!open.every(holds)) continue;
        }
        return true;
      }
      return false;
    };

    const found: TraceRow[] = [];
    for (const row of candidates.iterate(...values)) {
      const trace = row as unknown as TraceRow;
      if (!concernsSpan || matches(trace)) found.push(trace);
      if (found.length >= query.limit) break;
    }
    return found;
  };
}
