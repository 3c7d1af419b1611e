import { context, SeverityNumber, type Attributes, type Logger } from '@opentelemetry/api';
import type { LogRecordProcessor, ReadableLogRecord } from '@opentelemetry/sdk-logs';
import { requestOf } from '../request-context.ts';
import type { ExportQueue } from '../export/export-queue.ts';

/** One record of a process's logger. */
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

// These stand in fields of the record's own, taken from the context.
const correlation = new Set(['trace_id', 'span_id', 'trace_flags', 'request_id']);

/** Hands the records of a process's logger to OpenTelemetry, within the context they are written in. */
export function logRecordBridge(logger: Logger): (record: LogRecord) => void {
  return (record) => {
    const active = context.active();
    const attributes = attributesOf(record.fields);
    const requestId = requestOf(active)?.requestId ?? record.fields.request_id;
    if (typeof requestId === 'string') attributes['request.id'] = requestId;
    logger.emit({
      timestamp: record.epochMs,
      severityNumber: severities[record.level] ?? SeverityNumber.UNSPECIFIED,
      severityText: record.level.toUpperCase(),
      body: record.message,
      attributes,
      context: active,
    });
  };
}

function attributesOf(fields: Readonly<Record<string, unknown>>): Attributes {
  const attributes: Attributes = {};
  for (const key in fields) {
    const value = fields[key];
    if (value === undefined || value === null || correlation.has(key)) continue;
    if (value instanceof Error) {
      attributes['exception.type'] = value.name;
      attributes['exception.message'] = value.message;
      if (value.stack !== undefined) attributes['exception.stacktrace'] = value.stack;
    } else if (typeof value === 'string' || typeof value === 'boolean') {
      attributes[key] = value;
    } else if (typeof value === 'number') {
      attributes[key] = Number.isFinite(value) ? value : String(value);
    } else if (Array.isArray(value) && value.every((one) => typeof one === 'string')) {
      attributes[key] = value;
    } else {
      attributes[key] = asText(value);
    }
  }
  return attributes;
}

function asText(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return String(value);
  }
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
