import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import type { KeyValue, OtlpSpan } from '@ryzanstein/trace-view';
import {
  attributeTerm,
  derivedKeys,
  hash,
  operationTerm,
  pairs,
  resourceTerm,
  searchable,
  serviceTerm,
} from './term.ts';
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

/** Conditions joined by AND, with the values of their question marks. */
function createConditions() {
  const parts: string[] = [];
  const values: SQLInputValue[] = [];
  const add = (condition: string, ...given: SQLInputValue[]): void => {
    parts.push(condition);
    values.push(...given);
  };
  return {
    parts,
    values,
    add,
    between(expression: string, { min, max }: Range = {}): void {
      if (min !== undefined) add(`${expression} >= ?`, min);
      if (max !== undefined) add(`${expression} <= ?`, max);
    },
  };
}

const marks = (list: readonly unknown[]): string => list.map(() => '?').join(', ');

/** Finds traces, those that started last first. */
export function createTraceSearch(database: DatabaseSync) {
  const resources = database.prepare('SELECT no, json FROM resources');

  /** Resources that have the attribute: there are few, and their spans share it. */
  function resourcesWith(key: string, value: string): number[] {
    const found = resources.all().filter((row) => {
      const { attributes = [] } = JSON.parse(String(row.json)) as { attributes?: KeyValue[] };
      return pairs(attributes).some((pair) => pair[0] === key && pair[1] === value);
    });
    return found.map((row) => Number(row.no));
  }

  return function search(query: TraceQuery): TraceRow[] {
    const wanted = query.attributes.map(([key, value]) => ({
      key,
      value,
      resources: resourcesWith(key, value),
    }));

    const ofTrace = createConditions();
    const hasTerm = (...terms: string[]): void =>
      ofTrace.add(
        `EXISTS (SELECT 1 FROM terms WHERE trace_no = traces.no AND term IN (${marks(terms)}))`,
        ...terms.map(hash),
      );
    ofTrace.between('start_us', query.startUs);
    ofTrace.between('end_us - start_us', query.traceDurationUs);
    // A span is never longer than its trace.
    if (query.spanDurationUs?.min !== undefined)
      ofTrace.between('end_us - start_us', { min: query.spanDurationUs.min });
    if (query.errorsOnly === true) ofTrace.add('error_count > 0');
    if (query.service !== undefined) hasTerm(serviceTerm(query.service));
    if (query.operation !== undefined) hasTerm(operationTerm(query.operation));
    for (const { key, value, resources: having } of wanted)
      hasTerm(attributeTerm(key, value), ...having.map(resourceTerm));

    const ofSpan = createConditions();
    ofSpan.between('end_us - start_us', query.spanDurationUs);
    if (query.operation !== undefined) ofSpan.add('name = ?', query.operation);
    if (query.service !== undefined)
      ofSpan.add('resource_no IN (SELECT no FROM resources WHERE service = ?)', query.service);
    for (const { key, resources: having } of wanted)
      // The key stands in the span's text as it was written there: most spans need not be read.
      if (!derivedKeys.includes(key))
        ofSpan.add(
          `(instr(json, ?) > 0 OR resource_no IN (${marks(having)}))`,
          `{"key":${JSON.stringify(key)},`,
          ...having,
        );
    const spans = database.prepare(
      `SELECT resource_no AS resourceNo, json FROM spans WHERE ${['trace_no = ?', ...ofSpan.parts].join(' AND ')}`,
    );
    const matches = (trace: TraceRow): boolean => {
      for (const row of spans.iterate(trace.no, ...ofSpan.values)) {
        const open = wanted.filter(({ resources: having }) => !having.includes(Number(row.resourceNo)));
        if (open.length === 0) return true;
        const has = searchable(JSON.parse(String(row.json)) as OtlpSpan);
        if (open.every(({ key, value }) => has.some((pair) => pair[0] === key && pair[1] === value)))
          return true;
      }
      return false;
    };

    const candidates = database.prepare(
      `SELECT ${traceColumns} FROM traces ${ofTrace.parts.length > 0 ? `WHERE ${ofTrace.parts.join(' AND ')}` : ''}
       ORDER BY start_us DESC, no DESC LIMIT ${maxExamined}`,
    );
    const concernsSpan = ofSpan.parts.length > 0 || wanted.length > 0;
    const found: TraceRow[] = [];
    for (const row of candidates.iterate(...ofTrace.values)) {
      const trace = row as unknown as TraceRow;
      if (!concernsSpan || matches(trace)) found.push(trace);
      if (found.length >= query.limit) break;
    }
    return found;
  };
}
