import type { Clock, Logger } from '@ryzanstein/runtime';
import type { LogGroup } from '../otlp/log-batch.ts';
import type { SpanBatch } from '../otlp/span-batch.ts';
import { createCatalogue } from './catalogue.ts';
import { createLogWriter } from './log-writer.ts';
import { openDatabase } from './open-database.ts';
import { createRetention, type Bounds } from './retention.ts';
import { createSpanWriter, type SpansWritten } from './span-writer.ts';
import { createTraceReader, type TraceReader } from './trace-reader.ts';
import { createTraceSearch, type TraceQuery } from './trace-search.ts';
import type { TraceRow } from './trace-reader.ts';

/** Where and how much a store keeps. */
export interface TraceStoreOptions extends Bounds {
  /** A path, or `:memory:`. */
  readonly file: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Traces and their logs in one SQLite file. Every call is synchronous and takes milliseconds. */
export interface TraceStore extends TraceReader {
  /** Adds spans in one transaction; throws, having added none, when the file cannot be written. */
  insertSpans(batch: SpanBatch): SpansWritten;
  /** Adds log records in one transaction; throws, having added none, when the file cannot be written. */
  insertLogs(groups: readonly LogGroup[]): void;
  /** Traces that match, those that started last first. */
  search(query: TraceQuery): TraceRow[];
  readonly bounds: Bounds;
  /** Ends the retention timer and closes the file. */
  close(): void;
}

const retentionEveryMs = 60_000;

/**
 * Opens the store. Bounds are enforced at each insert (counts) and each minute (ages).
 *
 * @throws Error with a sentence when the file is damaged or cannot be written.
 */
export function openTraceStore({ file, clock, logger, ...bounds }: TraceStoreOptions): TraceStore {
  const database = openDatabase(file);
  const catalogue = createCatalogue(database);
  const writeSpans = createSpanWriter(database, catalogue);
  const writeLogs = createLogWriter(database, catalogue);
  const retention = createRetention(database, bounds);

  function inTransaction<Result>(work: () => Result): Result {
    database.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      database.exec('COMMIT');
      return result;
    } catch (error) {
      if (database.isTransaction) database.exec('ROLLBACK');
      catalogue.forget();
      retention.recount();
      throw error;
    }
  }

  function enforceAges(): void {
    try {
      const { evicted, swept } = inTransaction(() => retention.enforce(clock.epochMs(), true));
      if (swept) catalogue.forget();
      if (evicted > 0) logger.debug({ traces: evicted }, 'removed traces that are too old');
    } catch (error) {
      logger.error({ err: error }, 'the trace store could not remove what is too old');
    }
    timer = clock.after(retentionEveryMs, enforceAges);
  }
  let timer = clock.after(retentionEveryMs, enforceAges);
  timer.cancel();
  enforceAges();

  return {
    ...createTraceReader(database),
    search: createTraceSearch(database),
    bounds,
    insertSpans: (batch) =>
      inTransaction(() => {
        const nowMs = Math.round(clock.epochMs());
        const written = writeSpans(batch, nowMs);
        retention.grown(written.added);
        retention.enforce(nowMs, false);
        return written;
      }),
    insertLogs: (groups) =>
      inTransaction(() => {
        const nowMs = Math.round(clock.epochMs());
        writeLogs(groups, nowMs);
        retention.enforce(nowMs, false);
      }),
    close() {
      timer.cancel();
      database.close();
    },
  };
}
