import { context, SeverityNumber, type Logger } from '@opentelemetry/api';
import type { LogRecordProcessor, ReadableLogRecord } from '@opentelemetry/sdk-logs';
import { requestOf } from '../request-context.ts';
import type { LogLimits } from '../settings/log-settings.ts';
import { attributesOf, cut } from './log-attributes.ts';
import type { ExportQueue } from '../export/export-queue.ts';

/**
 * One record of a process's logger.
 *
 * @example
 * const fields = { model: 'bitnet-7b', attempts: 2 };
 * const record: LogRecord = { epochMs: Date.now(), level: 'warn', message: 'the queue was full', fields };
 * telemetry.onLogRecord(record);
 */
export interface LogRecord {
  readonly epochMs: number;
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

const severities: Readonly<Record<string, SeverityNumber>> = {
  trace: SeverityNumber.TRACE,
  debug: SeverityNumber.DEBUG,
  info: SeverityNumber.INFO,
  warn: SeverityNumber.WARN,
  error: SeverityNumber.ERROR,
  fatal: SeverityNumber.FATAL,
};

/** Hands the records of a process's logger to OpenTelemetry, within the context they are written in. */
export function logRecordBridge(logger: Logger, limits: LogLimits): (record: LogRecord) => void {
  return (record) => {
    const active = context.active();
    const requestId = requestOf(active)?.requestId ?? record.fields.request_id;
    const given =
      typeof requestId === 'string' ? { 'request.id': cut(requestId, limits.attributeValueLength) } : {};
    logger.emit({
      timestamp: record.epochMs,
      severityNumber: severities[record.level] ?? SeverityNumber.UNSPECIFIED,
      severityText: record.level.toUpperCase(),
      body: cut(record.message, limits.attributeValueLength),
      attributes: attributesOf(record.fields, limits, given),
      context: active,
    });
  };
}

/** Puts every log record into a queue. */
export class QueueLogProcessor implements LogRecordProcessor {
  private readonly queue: ExportQueue<ReadableLogRecord>;
  private readonly timeoutMs: number;

  constructor(queue: ExportQueue<ReadableLogRecord>, timeoutMs: number) {
    this.queue = queue;
    this.timeoutMs = timeoutMs;
  }

  onEmit(record: ReadableLogRecord): void {
    this.queue.add(record);
  }

  forceFlush(): Promise<void> {
    return this.queue.flush(this.timeoutMs);
  }

  shutdown(): Promise<void> {
    return this.queue.shutdown(this.timeoutMs);
  }
}
