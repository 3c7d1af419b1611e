import { readOtlpSettings, type OtlpSettings } from './otlp-settings.ts';
import type { SettingsReader } from './settings-reader.ts';

/** Bounds of one export queue. */
export interface QueueSettings {
  readonly maxQueueSize: number;
  readonly maxBatchSize: number;
  readonly delayMs: number;
}

/** What is exported, where to, and how long that may take. */
export interface ExportSettings {
  readonly exportTraces: boolean;
  readonly exportLogs: boolean;
  readonly traces: OtlpSettings;
  readonly metrics: OtlpSettings;
  readonly logs: OtlpSettings;
  /** Bound of a flush, and of a shutdown. */
  readonly flushTimeoutMs: number;
  readonly spanQueue: QueueSettings;
  readonly logQueue: QueueSettings;
}

// A process that is told to stop is killed soon after: with what comes after the flush, 5 s must do.
const longestFlushMs = 4_500;

export function readExportSettings(reader: SettingsReader): ExportSettings {
  reader.choice('OTEL_EXPORTER_OTLP_PROTOCOL', ['grpc'], 'grpc');
  const { traces, metrics, logs } = readOtlpSettings(reader);
  const spanTimeoutMs = batchTimeout(reader, 'OTEL_BSP');
  const logTimeoutMs = batchTimeout(reader, 'OTEL_BLRP');
  return {
    exportTraces: reader.choice('OTEL_TRACES_EXPORTER', ['otlp', 'none'], 'otlp') === 'otlp',
    exportLogs: reader.choice('OTEL_LOGS_EXPORTER', ['otlp', 'none'], 'otlp') === 'otlp',
    traces: { ...traces, timeoutMs: Math.min(traces.timeoutMs, spanTimeoutMs) },
    metrics,
    logs: { ...logs, timeoutMs: Math.min(logs.timeoutMs, logTimeoutMs) },
    flushTimeoutMs: Math.min(longestFlushMs, spanTimeoutMs),
    spanQueue: queue(reader, 'OTEL_BSP'),
    logQueue: queue(reader, 'OTEL_BLRP'),
  };
}

function batchTimeout(reader: SettingsReader, prefix: string): number {
  return reader.number(`${prefix}_EXPORT_TIMEOUT`, { default: 30_000, min: 1, max: 3_600_000 });
}

function queue(reader: SettingsReader, prefix: string): QueueSettings {
  const maxQueueSize = reader.number(`${prefix}_MAX_QUEUE_SIZE`, { default: 4_096, min: 1, max: 1_000_000 });
  const maxBatchSize = reader.number(`${prefix}_MAX_EXPORT_BATCH_SIZE`, {
    default: 128,
    min: 1,
    max: 10_000,
  });
  const delayMs = reader.number(`${prefix}_SCHEDULE_DELAY`, { default: 1_000, min: 1, max: 3_600_000 });
  return { maxQueueSize, maxBatchSize: Math.min(maxBatchSize, maxQueueSize), delayMs };
}
