import type { DatabaseSync } from 'node:sqlite';

/** What the store keeps at most. */
export interface Bounds {
  readonly maxTraces: number;
  readonly maxAgeMs: number;
}

/** Spans per trace that the store has room for on average; beyond it the oldest traces go early. */
const spansPerTrace = 100;
const logsPerTrace = 50;
/** Room for one trace of the greatest size, however small the bound is. */
const leastSpans = 40_000;
/** Resources and scopes without spans are swept when this many were added. */
const sweepEvery = 512;

/** Removes what is beyond the bounds, oldest arrival first. The caller owns the transaction. */
export function createRetention(database: DatabaseSync, bounds: Bounds) {
  const maxSpans = Math.max(bounds.maxTraces * spansPerTrace, leastSpans);
  const maxLogs = bounds.maxTraces * logsPerTrace;
  const lastTooOld = database.prepare('SELECT max(no) AS no FROM traces WHERE first_seen_ms < ?');
  const lastTooMany = database.prepare('SELECT no FROM traces ORDER BY no DESC LIMIT 1 OFFSET ?');
  const spanTotal = database.prepare('SELECT coalesce(sum(span_count), 0) AS total FROM traces');
  const oldest = database.prepare('SELECT no, span_count FROM traces ORDER BY no LIMIT 100');
  const evictions = [
    'DELETE FROM logs WHERE trace_id IN (SELECT trace_id FROM traces WHERE no <= ?)',
    'DELETE FROM spans WHERE trace_no <= ?',
    'DELETE FROM links WHERE trace_no <= ?',
    'DELETE FROM terms WHERE trace_no <= ?',
    'DELETE FROM traces WHERE no <= ?',
  ].map((sql) => database.prepare(sql));
  const forgetOperations = database.prepare(
    `DELETE FROM operations WHERE last_seen_ms < coalesce((SELECT min(first_seen_ms) FROM traces), ?)`,
  );
  // Logs of a trace that never came (an unsampled request) have only their own age.
  const forgetOldLogs = database.prepare(
    `DELETE FROM logs WHERE received_ms < ? AND trace_id NOT IN (SELECT trace_id FROM traces)`,
  );
  const forgetManyLogs = database.prepare('DELETE FROM logs WHERE no <= (SELECT max(no) FROM logs) - ?');
  const lastResource = database.prepare('SELECT coalesce(max(no), 0) AS no FROM resources');
  let spans = Number(spanTotal.get()?.total ?? 0);
  let sweptAt = Number(lastResource.get()?.no ?? 0);

  function evict(upToNo: number): number {
    const [logs, spanRows, ...rest] = evictions;
    logs?.run(upToNo);
    spans -= Number(spanRows?.run(upToNo).changes ?? 0);
    return rest.reduce((_, statement) => Number(statement.run(upToNo).changes), 0);
  }

  function sweepResources(): void {
    const last = Number(lastResource.get()?.no ?? 0);
    if (last - sweptAt < sweepEvery) return;
    sweptAt = last;
    database.exec(`
      DELETE FROM resources WHERE no NOT IN (SELECT resource_no FROM spans UNION SELECT resource_no FROM logs);
      DELETE FROM scopes WHERE no NOT IN (SELECT scope_no FROM spans);
    `);
  }

  return {
    /** Must be told of every span that was added. */
    grown(added: number): void {
      spans += added;
    },
    /** After a rollback the count of spans is read anew. */
    recount(): void {
      spans = Number(spanTotal.get()?.total ?? 0);
    },
    /**
     * Bounds the counts and, when `thorough`, the ages. `swept` tells that numbers of resources
     * may be gone.
     */
    enforce(nowMs: number, thorough: boolean): { evicted: number; swept: boolean } {
      const before = nowMs - bounds.maxAgeMs;
      let upTo = Math.max(
        thorough ? Number(lastTooOld.get(before)?.no ?? 0) : 0,
        Number(lastTooMany.get(bounds.maxTraces)?.no ?? 0),
      );
      let excess = spans - maxSpans;
      if (excess > 0)
        for (const row of oldest.all()) {
          if (excess <= 0) break;
          excess -= Number(row.span_count);
          upTo = Math.max(upTo, Number(row.no));
        }
      const evicted = upTo > 0 ? evict(upTo) : 0;
      forgetManyLogs.run(maxLogs);
      if (!thorough) return { evicted, swept: false };
      forgetOldLogs.run(before);
      forgetOperations.run(nowMs);
      const sweptBefore = sweptAt;
      sweepResources();
      return { evicted, swept: sweptAt !== sweptBefore };
    },
  };
}
