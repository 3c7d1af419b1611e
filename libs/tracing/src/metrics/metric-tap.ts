import type { HrTime } from '@opentelemetry/api';
import {
  AggregationTemporality,
  DataPointType,
  MetricReader,
  type DataPoint,
  type MetricData,
  type MetricProducer,
} from '@opentelemetry/sdk-metrics';
import type { TemporalityPreference } from '../settings/metric-settings.ts';
import { temporalityOf } from './temporality.ts';
import type { MetricReaderSource } from './start-metrics.ts';

/**
 * One label set of a metric as a test sees it, wherever it was caught.
 *
 * @example
 * const totalOf = (points: readonly RecordedPoint[]) => points.reduce((sum, { value }) => sum + value, 0);
 */
export interface RecordedPoint {
  readonly labels: Readonly<Record<string, unknown>>;
  readonly startEpochMs: number;
  readonly endEpochMs: number;
  /** Of a sum or a gauge; of a histogram the sum of what was recorded. */
  readonly value: number;
  /** Of a histogram alone. */
  readonly count?: number;
  readonly counts?: readonly number[];
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}

/**
 * A metric as a test sees it.
 *
 * @example
 * const pointsOf = (all: readonly RecordedMetric[], name: string) =>
 *   all.find((metric) => metric.name === name)?.points ?? [];
 * const tap = tapMetrics();
 * const telemetry = startTelemetry({ serviceName: 'test', metricReaders: [tap] });
 * const ttft = pointsOf(await tap.collect(), 'ryzanstein.ttft');
 */
export interface RecordedMetric {
  readonly name: string;
  readonly unit: string;
  readonly description: string;
  readonly scope: string;
  readonly kind: 'histogram' | 'sum' | 'gauge';
  /** False where a sum may fall, and for what is no sum. */
  readonly monotonic: boolean;
  readonly temporality: 'cumulative' | 'delta';
  /** Of a histogram alone. */
  readonly bounds?: readonly number[];
  readonly points: readonly RecordedPoint[];
}

/**
 * Collects metrics for tests: pass it as one of `metricReaders`.
 *
 * @example
 * const tap: MetricTap = tapMetrics('delta');
 * const telemetry = startTelemetry({ serviceName: 'test', metricReaders: [tap] });
 * const names = (await tap.collect()).map(({ name }) => name);
 */
export interface MetricTap extends MetricReaderSource {
  /** All metrics of now. */
  collect(): Promise<readonly RecordedMetric[]>;
}

class TapReader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

/**
 * A tap for `startTelemetry({ metricReaders: [tap] })`.
 *
 * @example
 * const tap = tapMetrics();
 * const telemetry = startTelemetry({ serviceName: 'test', metricReaders: [tap] });
 * const metrics = await tap.collect();
 */
export function tapMetrics(temporality: TemporalityPreference = 'cumulative'): MetricTap {
  let reader: TapReader | undefined;
  return {
    temporality,
    build(metricProducers: MetricProducer[]) {
      reader = new TapReader({ metricProducers, aggregationTemporalitySelector: temporalityOf(temporality) });
      return reader;
    },
    async collect() {
      if (reader === undefined) throw new Error('the tap is not among the metricReaders of a telemetry');
      const { resourceMetrics, errors } = await reader.collect();
      if (errors.length > 0) throw new AggregateError(errors, 'metrics could not be collected');
      return resourceMetrics.scopeMetrics.flatMap(({ scope, metrics }) =>
        metrics.map((metric) => recorded(metric, scope.name)),
      );
    },
  };
}

function recorded(metric: MetricData, scope: string): RecordedMetric {
  const { name, unit, description } = metric.descriptor;
  const temporality = metric.aggregationTemporality === AggregationTemporality.DELTA ? 'delta' : 'cumulative';
  const common = { name, unit, description, scope, temporality } as const;
  switch (metric.dataPointType) {
    case DataPointType.HISTOGRAM:
      return {
        ...common,
        kind: 'histogram',
        monotonic: false,
        bounds: metric.dataPoints[0]?.value.buckets.boundaries ?? [],
        points: metric.dataPoints.map((point) => {
          const { buckets, count, sum = 0, min, max } = point.value;
          return { ...whenAndWhat(point), value: sum, count, counts: buckets.counts, min, max };
        }),
      };
    case DataPointType.SUM:
      return { ...common, kind: 'sum', monotonic: metric.isMonotonic, points: metric.dataPoints.map(single) };
    case DataPointType.GAUGE:
      return { ...common, kind: 'gauge', monotonic: false, points: metric.dataPoints.map(single) };
    case DataPointType.EXPONENTIAL_HISTOGRAM:
      throw new Error(`${name} is an exponential histogram, which tests do not look at`);
  }
}

function single(point: DataPoint<number>): RecordedPoint {
  return { ...whenAndWhat(point), value: point.value };
}

function whenAndWhat({ attributes, startTime, endTime }: DataPoint<unknown>): Omit<RecordedPoint, 'value'> {
  return { labels: { ...attributes }, startEpochMs: epochMsOf(startTime), endEpochMs: epochMsOf(endTime) };
}

function epochMsOf([seconds, nanoseconds]: HrTime): number {
  return seconds * 1e3 + nanoseconds / 1e6;
}
