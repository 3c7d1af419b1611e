import { ValueType, type HrTime } from '@opentelemetry/api';
import { emptyResource } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  DataPointType,
  InstrumentType,
  type CollectionResult,
  type DataPoint,
  type GaugeMetricData,
  type Histogram,
  type HistogramMetricData,
  type MetricData,
  type MetricDescriptor,
  type MetricProducer,
  type SumMetricData,
} from '@opentelemetry/sdk-metrics';
import { hrTimeOf, nowEpochMs } from '../epoch-time.ts';
import type { Instrument, Observation } from './instrument.ts';
import type { SeriesRecorder } from './recorder.ts';
import type { HistogramSeries, SumSeries } from './series.ts';

/** How a reader wants sums: since the start, or since it last read. */
export type TemporalityOf = (type: InstrumentType) => AggregationTemporality;

/** What a reader was told last of one label set. */
interface Told {
  readonly time: HrTime;
  readonly sum: number;
  readonly counts: readonly number[];
}

const scope = { name: '@ryzanstein/tracing' };

/** Hands what a recorder keeps to one reader of OpenTelemetry's SDK, as that reader wants it. */
export class RecorderProducer implements MetricProducer {
  private readonly recorder: SeriesRecorder;
  private readonly temporalityOf: TemporalityOf;
  private readonly startTime = hrTimeOf(nowEpochMs());
  /** By series, or for what is observed by name and label set; used for differences alone. */
  private readonly told = new Map<unknown, Told>();

  constructor(recorder: SeriesRecorder, temporalityOf: TemporalityOf) {
    this.recorder = recorder;
    this.temporalityOf = temporalityOf;
  }

  async collect(): Promise<CollectionResult> {
    const errors: unknown[] = [];
    const now = hrTimeOf(nowEpochMs());
    const metrics: MetricData[] = [];
    for (const instrument of this.recorder.instruments.values()) {
      for (const data of this.dataOf(instrument, now, errors))
        if (data.dataPoints.length > 0) metrics.push(data);
    }
    return {
      resourceMetrics: {
        resource: emptyResource(),
        scopeMetrics: metrics.length === 0 ? [] : [{ scope, metrics }],
      },
      errors,
    };
  }

  private dataOf(instrument: Instrument, now: HrTime, errors: unknown[]): MetricData[] {
    if (instrument.definition.instrument === 'histogram') {
      instrument.reflect(errors);
      return [this.histograms(instrument, now)];
    }
    const data: MetricData[] = [];
    if (instrument.sums.size > 0) data.push(this.sums(instrument, now));
    if (instrument.observed) data.push(this.observations(instrument, now, instrument.read(errors)));
    return data;
  }

  private histograms(instrument: Instrument, now: HrTime): HistogramMetricData {
    const aggregationTemporality = this.temporalityOf(InstrumentType.HISTOGRAM);
    const since = aggregationTemporality === AggregationTemporality.DELTA;
    const dataPoints: DataPoint<Histogram>[] = [];
    for (const series of instrument.histograms.values()) {
      const point = since ? this.histogramSince(series, now) : histogramSoFar(series, now);
      if (point !== undefined) dataPoints.push(point);
    }
    return {
      descriptor: descriptorOf(instrument),
      aggregationTemporality,
      dataPointType: DataPointType.HISTOGRAM,
      dataPoints,
    };
  }

  private histogramSince(series: HistogramSeries, now: HrTime): DataPoint<Histogram> | undefined {
    const { labels, bounds, sum } = series;
    const before = this.told.get(series);
    const counts = series.counts.map((count, index) => count - (before?.counts[index] ?? 0));
    const count = total(counts);
    if (count === 0) return undefined;
    this.told.set(series, { time: now, sum, counts: [...series.counts] });
    return {
      attributes: labels,
      startTime: before?.time ?? series.startTime,
      endTime: now,
      // Least and greatest are known since the start alone.
      value: { buckets: { boundaries: [...bounds], counts }, count, sum: sum - (before?.sum ?? 0) },
    };
  }

  private sums(instrument: Instrument, now: HrTime): SumMetricData {
    const isMonotonic = instrument.definition.instrument === 'counter';
    const aggregationTemporality = this.temporalityOf(
      isMonotonic ? InstrumentType.COUNTER : InstrumentType.UP_DOWN_COUNTER,
    );
    const since = aggregationTemporality === AggregationTemporality.DELTA;
    const dataPoints: DataPoint<number>[] = [];
    for (const series of instrument.sums.values()) {
      const point = since ? this.sumSince(series, series, now) : sumSoFar(series, now);
      if (point !== undefined) dataPoints.push(point);
    }
    return {
      descriptor: descriptorOf(instrument),
      aggregationTemporality,
      isMonotonic,
      dataPointType: DataPointType.SUM,
      dataPoints,
    };
  }

  private sumSince(
    of: unknown,
    { labels, startTime, value }: Pick<SumSeries, 'labels' | 'startTime' | 'value'>,
    now: HrTime,
  ): DataPoint<number> | undefined {
    const before = this.told.get(of);
    const change = value - (before?.sum ?? 0);
    if (change === 0) return undefined;
    this.told.set(of, { time: now, sum: value, counts: [] });
    return { attributes: labels, startTime: before?.time ?? startTime, endTime: now, value: change };
  }

  private observations(
    instrument: Instrument,
    now: HrTime,
    observed: ReadonlyMap<string, Observation>,
  ): SumMetricData | GaugeMetricData {
    const descriptor = descriptorOf(instrument);
    const { startTime } = this;
    const points = (sinceLast: boolean): DataPoint<number>[] =>
      [...observed].flatMap(([key, { labels, value }]) => {
        if (!sinceLast) return { attributes: labels, startTime, endTime: now, value };
        return this.sumSince(`${instrument.name} ${key}`, { labels, startTime, value }, now) ?? [];
      });
    if (instrument.definition.instrument === 'gauge') {
      return {
        descriptor,
        aggregationTemporality: AggregationTemporality.CUMULATIVE,
        dataPointType: DataPointType.GAUGE,
        dataPoints: points(false),
      };
    }
    const isMonotonic = instrument.definition.instrument === 'counter';
    const aggregationTemporality = this.temporalityOf(
      isMonotonic ? InstrumentType.OBSERVABLE_COUNTER : InstrumentType.OBSERVABLE_UP_DOWN_COUNTER,
    );
    return {
      descriptor,
      aggregationTemporality,
      isMonotonic,
      dataPointType: DataPointType.SUM,
      dataPoints: points(aggregationTemporality === AggregationTemporality.DELTA),
    };
  }
}

// A label set that is bound stands at zero until something is recorded: what begins at nothing looks
// to Prometheus as if nothing had happened before its second value.
function histogramSoFar(
  { labels, startTime, bounds, counts, sum, min, max }: HistogramSeries,
  endTime: HrTime,
): DataPoint<Histogram> {
  const count = total(counts);
  const extremes = min > max ? {} : { min, max };
  const buckets = { boundaries: [...bounds], counts: [...counts] };
  return { attributes: labels, startTime, endTime, value: { buckets, count, sum, ...extremes } };
}

function sumSoFar({ labels, startTime, value }: SumSeries, endTime: HrTime): DataPoint<number> {
  return { attributes: labels, startTime, endTime, value };
}

function total(counts: readonly number[]): number {
  let sum = 0;
  for (const count of counts) sum += count;
  return sum;
}

function descriptorOf({ name, definition }: Instrument): MetricDescriptor {
  return {
    name,
    description: definition.description,
    unit: definition.unit,
    valueType: definition.integer === true ? ValueType.INT : ValueType.DOUBLE,
  };
}
