import { metrics, type MetricLabels, type MetricName, type NameOf } from '../semconv/metrics.ts';
import { Instrument, type KeptHistogram } from './instrument.ts';
import type { BoundCounter, BoundHistogram, BoundUpDownCounter } from './series.ts';

/**
 * Tells values when metrics are collected; called once per collection, and MUST be quick.
 *
 * @example
 * const depth: Observe<'ryzanstein.queue.depth'> = (report) =>
 *   report(queue.length, { 'ryzanstein.model': 'bitnet-7b' });
 * const stop = telemetry.metrics.observe('ryzanstein.queue.depth', depth);
 */
export type Observe<N extends MetricName> = (
  report: (value: number, labels: MetricLabels<N>) => void,
) => void;

/**
 * Records the metrics of the registry: unit, description and bounds come from there, and a name or a
 * label that is not in it does not compile. An instrument is bound to its labels once, outside of the
 * hot path; recording is then a few additions.
 *
 * @example
 * const duration = telemetry.metrics.histogram('ryzanstein.ttft', { 'ryzanstein.model': 'bitnet-7b' });
 * duration.record(0.0417);
 */
export interface MetricRecorder {
  /** The same labels give the same histogram. */
  histogram<N extends NameOf<'histogram'>>(name: N, labels: MetricLabels<N>): BoundHistogram;
  counter<N extends NameOf<'counter'>>(name: N, labels: MetricLabels<N>): BoundCounter;
  upDownCounter<N extends NameOf<'updowncounter'>>(name: N, labels: MetricLabels<N>): BoundUpDownCounter;
  /**
   * Has `observe` asked at each collection: for gauges, and for sums that are kept elsewhere, whose
   * values are totals. Returns what stops it.
   */
  observe<N extends NameOf<'counter' | 'updowncounter' | 'gauge'>>(name: N, observe: Observe<N>): () => void;
}

/** Label sets of one metric, at most. */
const defaultMaxLabelSets = 200;

/** Keeps what is recorded until it is collected. */
export class SeriesRecorder implements MetricRecorder {
  readonly instruments = new Map<MetricName, Instrument>();
  private readonly maxLabelSets: number;

  constructor(maxLabelSets = defaultMaxLabelSets) {
    this.maxLabelSets = maxLabelSets;
  }

  histogram<N extends NameOf<'histogram'>>(name: N, labels: MetricLabels<N>): BoundHistogram {
    return this.instrument(name).histogram(labels);
  }

  counter<N extends NameOf<'counter'>>(name: N, labels: MetricLabels<N>): BoundCounter {
    return this.instrument(name).sum(labels);
  }

  upDownCounter<N extends NameOf<'updowncounter'>>(name: N, labels: MetricLabels<N>): BoundUpDownCounter {
    return this.instrument(name).sum(labels);
  }

  observe<N extends NameOf<'counter' | 'updowncounter' | 'gauge'>>(name: N, observe: Observe<N>): () => void {
    return this.instrument(name).observe(observe);
  }

  /** Has `read` asked at each collection for histograms that are kept elsewhere, with the same bounds. */
  mirror<N extends NameOf<'histogram'>>(
    name: N,
    read: (report: (kept: KeptHistogram, labels: MetricLabels<N>) => void) => void,
  ): void {
    this.instrument(name).mirror(read);
  }

  private instrument(name: MetricName): Instrument {
    let instrument = this.instruments.get(name);
    if (instrument === undefined) {
      if (!Object.hasOwn(metrics, name)) throw new TypeError(`"${name}" is not a metric of the registry`);
      instrument = new Instrument(name, metrics[name], this.maxLabelSets);
      this.instruments.set(name, instrument);
    }
    return instrument;
  }
}

const nothing = { record: () => {}, add: () => {} };

/**
 * Records nothing: for a process whose metrics go nowhere.
 *
 * @example
 * const batchSizes = (metrics: MetricRecorder = idleRecorder) =>
 *   metrics.histogram('ryzanstein.batch.size', { 'ryzanstein.model': 'bitnet-7b' });
 */
export const idleRecorder: MetricRecorder = {
  histogram: () => nothing,
  counter: () => nothing,
  upDownCounter: () => nothing,
  observe: () => () => {},
};
