import type { DatabaseSync } from 'node:sqlite';
import type { LogGroup } from '../otlp/log-batch.ts';
import type { Catalogue } from './catalogue.ts';
import { micros } from './span-writer.ts';
import { hash } from './term.ts';

const latestMicros = Number.MAX_SAFE_INTEGER;

/** Writes log records, each once: a retried batch adds none. The caller owns the transaction. */
export function createLogWriter(database: DatabaseSync, catalogue: Catalogue) {
  const addLog = database.prepare(
    `INSERT OR IGNORE INTO logs (trace_id, received_ms, time_us, digest, resource_no, json)
     VALUES (?, ?, ?, ?, ?, ?)`,
  );
  return function write(groups: readonly LogGroup[], nowMs: number): void {
    for (const { resource, logs } of groups) {
      const resourceNo = catalogue.resource(resource);
      for (const log of logs) {
        const json = JSON.stringify(log);
        const timeUs = Math.min(micros(log.timeUnixNano), latestMicros);
        addLog.run(log.traceId, nowMs, timeUs, hash(json), resourceNo, json);
      }
    }
  };
}
