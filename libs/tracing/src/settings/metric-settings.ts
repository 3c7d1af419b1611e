import type { SettingsReader } from './settings-reader.ts';

/** Whether sums are told since the start, or since they were last told. */
export type TemporalityPreference = 'cumulative' | 'delta' | 'lowmemory';

const temporalities = ['cumulative', 'delta', 'lowmemory'] as const satisfies TemporalityPreference[];
const exporters = ['otlp', 'prometheus'] as const;

/** Where metrics go, and how often. */
export interface MetricSettings {
  readonly metricExporters: readonly (typeof exporters)[number][];
  readonly metricTemporality: TemporalityPreference;
  readonly metricIntervalMs: number;
  /** Bound of one collection with its export; not above the interval. */
  readonly metricTimeoutMs: number;
  readonly prometheus: { readonly host: string; readonly port: number };
}

export function readMetricSettings(reader: SettingsReader): MetricSettings {
  const metricIntervalMs = reader.number('OTEL_METRIC_EXPORT_INTERVAL', {
    default: 60_000,
    min: 10,
    max: 3_600_000,
  });
  const timeoutMs = reader.number('OTEL_METRIC_EXPORT_TIMEOUT', { default: 30_000, min: 1, max: 3_600_000 });
  return {
    metricExporters: reader.list('OTEL_METRICS_EXPORTER', exporters, ['otlp']),
    metricTemporality: reader.choice(
      'OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE',
      temporalities,
      'cumulative',
    ) as TemporalityPreference,
    metricIntervalMs,
    metricTimeoutMs: Math.min(timeoutMs, metricIntervalMs),
    prometheus: {
      // Nobody outside of this machine, unless it is asked for.
      host: reader.text('OTEL_EXPORTER_PROMETHEUS_HOST') ?? '127.0.0.1',
      port: reader.number('OTEL_EXPORTER_PROMETHEUS_PORT', { default: 9_464, min: 0, max: 65_535 }),
    },
  };
}
