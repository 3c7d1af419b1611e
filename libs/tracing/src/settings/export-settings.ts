import type { SettingsReader } from './settings-reader.ts';

/** Bounds of one export queue. */
export interface QueueSettings {
  readonly maxQueueSize: number;
  readonly maxBatchSize: number;
  readonly delayMs: number;
}

/** Where telemetry is sent, and how long that may take. */
export interface ExportSettings {
  readonly exportTraces: boolean;
  readonly exportLogs: boolean;
  readonly tracesEndpoint: string;
  readonly logsEndpoint: string;
  /** Bound of one attempt to export one batch. */
  readonly exportTimeoutMs: number;
  /** Bound of a flush, and of a shutdown. */
  readonly flushTimeoutMs: number;
  readonly spanQueue: QueueSettings;
  readonly logQueue: QueueSettings;
}

// A process that is told to stop is killed soon after.
const longestFlushMs = 5_000;

export function readExportSettings(reader: SettingsReader): ExportSettings {
  const endpoint = reader.url('OTEL_EXPORTER_OTLP_ENDPOINT', 'http://localhost:4317');
  reader.choice('OTEL_EXPORTER_OTLP_PROTOCOL', ['grpc'], 'grpc');
  const exportTimeoutMs = reader.number('OTEL_EXPORTER_OTLP_TIMEOUT', {
    default: 5_000,
    min: 1,
    max: 60_000,
  });
  const batchTimeoutMs = reader.number('OTEL_BSP_EXPORT_TIMEOUT', {
    default: 30_000,
    min: 1,
    max: 3_600_000,
  });
  return {
    exportTraces: reader.choice('OTEL_TRACES_EXPORTER', ['otlp', 'none'], 'otlp') === 'otlp',
    exportLogs: reader.choice('OTEL_LOGS_EXPORTER', ['otlp', 'none'], 'otlp') === 'otlp',
    tracesEndpoint: reader.url('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', endpoint),
    logsEndpoint: reader.url('OTEL_EXPORTER_OTLP_LOGS_ENDPOINT', endpoint),
    exportTimeoutMs: Math.min(exportTimeoutMs, batchTimeoutMs),
    flushTimeoutMs: Math.min(longestFlushMs, batchTimeoutMs),
    spanQueue: queue(reader, 'OTEL_BSP'),
    logQueue: queue(reader, 'OTEL_BLRP'),
  };
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
