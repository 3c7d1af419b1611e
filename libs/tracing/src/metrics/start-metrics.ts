import type { MeterProvider as ApiMeterProvider } from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import {
  MeterProvider,
  PeriodicExportingMetricReader,
  type IMetricReader,
  type MetricProducer,
  type PushMetricExporter,
} from '@opentelemetry/sdk-metrics';
import type { TelemetryLogger } from '../diagnostics.ts';
import type { ExportSettings } from '../settings/export-settings.ts';
import type { MetricSettings, TemporalityPreference } from '../settings/metric-settings.ts';
import { observeExports, type ExportTally } from './export-metrics.ts';
import { PrometheusEndpoint } from './prometheus-endpoint.ts';
import { idleRecorder, SeriesRecorder, type MetricRecorder } from './recorder.ts';
import { RecorderProducer } from './recorder-producer.ts';
import { observeRuntime } from './runtime-metrics.ts';
import { SparingExporter } from './sparing-exporter.ts';
import { temporalityOf } from './temporality.ts';

/**
 * A reader of all metrics beside those that the environment asks for, such as a test's.
 *
 * @example
 * import { ConsoleMetricExporter, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
 *
 * const onConsole: MetricReaderSource = {
 *   temporality: 'cumulative',
 *   build: (metricProducers) =>
 *     new PeriodicExportingMetricReader({ exporter: new ConsoleMetricExporter(), metricProducers }),
 * };
 * const telemetry = startTelemetry({ serviceName: 'my-service', metricReaders: [onConsole] });
 */
export interface MetricReaderSource {
  readonly temporality: TemporalityPreference;
  /** Makes the reader; it MUST collect from `producers`, too. */
  build(producers: MetricProducer[]): IMetricReader;
}

/** The metrics of a process. */
export interface Metrics {
  readonly recorder: MetricRecorder;
  /** What OpenTelemetry's API makes instruments by; undefined where they lead nowhere. */
  readonly provider: ApiMeterProvider | undefined;
  /** May reject. */
  flush(): Promise<void>;
  /** May reject. */
  shutdown(): Promise<void>;
}

/** For a process whose metrics go nowhere: recording costs nothing. */
export const noMetrics: Metrics = {
  recorder: idleRecorder,
  provider: undefined,
  flush: () => Promise.resolve(),
  shutdown: () => Promise.resolve(),
};

/** Where metrics are to go. */
export interface MetricsOptions {
  readonly resource: Resource;
  readonly settings: MetricSettings & Pick<ExportSettings, 'flushTimeoutMs'>;
  readonly readers: readonly MetricReaderSource[];
  readonly report: TelemetryLogger;
  /** Makes what sends by OTLP; says itself what is wrong. */
  readonly exporter: () => PushMetricExporter;
  /** What became of all telemetry so far, signal by signal. */
  readonly exportCounts?: (() => readonly ExportTally[]) | undefined;
}

/** Sets up recorder and readers; without a reader there is nothing to record for. */
export function startMetrics(options: MetricsOptions): Metrics {
  const { resource, settings, readers, report, exportCounts } = options;
  const { metricExporters, metricTemporality } = settings;
  const recorder = new SeriesRecorder();
  const producers = (temporality: TemporalityPreference): MetricProducer[] => [
    new RecorderProducer(recorder, temporalityOf(temporality)),
  ];
  const all: IMetricReader[] = readers.map((source) => source.build(producers(source.temporality)));
  const exporter = metricExporters.includes('otlp')
    ? new SparingExporter(options.exporter(), temporalityOf(metricTemporality))
    : undefined;
  if (exporter !== undefined)
    all.push(
      new PeriodicExportingMetricReader({
        exporter,
        exportIntervalMillis: settings.metricIntervalMs,
        exportTimeoutMillis: settings.metricTimeoutMs,
        metricProducers: producers(metricTemporality),
      }),
    );
  if (metricExporters.includes('prometheus'))
    all.push(new PrometheusEndpoint(settings.prometheus, producers('cumulative'), report));
  if (all.length === 0) return noMetrics;

  const provider = new MeterProvider({ resource, readers: all });
  const unobserve = observeRuntime(recorder);
  if (exportCounts !== undefined) observeExports(recorder, exportCounts);
  return {
    recorder,
    provider,
    flush: () => provider.forceFlush(),
    async shutdown() {
      exporter?.hurry(settings.flushTimeoutMs);
      try {
        await provider.shutdown();
      } finally {
        unobserve();
      }
    },
  };
}
