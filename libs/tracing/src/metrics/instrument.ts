import type { Attributes, HrTime } from '@opentelemetry/api';
import { hrTimeOf, nowEpochMs } from '../epoch-time.ts';
import type { MetricDefinition } from '../semconv/registry.ts';
import { HistogramSeries, SumSeries } from './series.ts';

/** What is read when metrics are collected. */
export interface Observation {
  readonly labels: Attributes;
  value: number;
}

/** Hands one value, with its labels, to whoever collects. */
export type Report = (value: number, labels: Readonly<Record<string, unknown>>) => void;

/** What a histogram holds that is kept elsewhere. */
export interface KeptHistogram {
  readonly counts: readonly number[];
  readonly sum: number;
}

/** Hands one histogram, with its labels, to whoever collects. */
export type ReportHistogram = (kept: KeptHistogram, labels: Readonly<Record<string, unknown>>) => void;

const overflowLabels: Attributes = { 'otel.metric.overflow': true };
const overflowKey = 'overflow';

/**
 * One metric with all its label sets. Beyond a number of them everything goes into one more, so that
 * a label that turns out to have many values costs the metric its detail and not the process its memory.
 */
export class Instrument {
  readonly name: string;
  readonly definition: MetricDefinition;
  readonly histograms = new Map<string, HistogramSeries>();
  readonly sums = new Map<string, SumSeries>();
  private readonly observers = new Set<(report: Report) => void>();
  private readonly mirrors: ((report: ReportHistogram) => void)[] = [];
  private readonly maxLabelSets: number;

  constructor(name: string, definition: MetricDefinition, maxLabelSets: number) {
    this.name = name;
    this.definition = definition;
    this.maxLabelSets = maxLabelSets;
  }

  get observed(): boolean {
    return this.observers.size > 0;
  }

  histogram(given: Readonly<Record<string, unknown>>): HistogramSeries {
    const { bounds = [] } = this.definition;
    return this.find(this.histograms, given, (labels, now) => new HistogramSeries(labels, now, bounds));
  }

  sum(given: Readonly<Record<string, unknown>>): SumSeries {
    const monotonic = this.definition.instrument === 'counter';
    return this.find(this.sums, given, (labels, now) => new SumSeries(labels, now, monotonic));
  }

  observe(read: (report: Report) => void): () => void {
    this.observers.add(read);
    return () => void this.observers.delete(read);
  }

  mirror(read: (report: ReportHistogram) => void): void {
    this.mirrors.push(read);
  }

  /** Takes over what is kept elsewhere. */
  reflect(errors: unknown[]): void {
    for (const mirror of this.mirrors) {
      try {
        mirror(({ counts, sum }, labels) => this.histogram(labels).replace(counts, sum));
      } catch (error) {
        errors.push(error);
      }
    }
  }

  /** What observers tell now, by label set; one that throws tells no more, and its reason is kept. */
  read(errors: unknown[]): Map<string, Observation> {
    const found = new Map<string, Observation>();
    const adds = this.definition.instrument !== 'gauge';
    for (const observer of this.observers) {
      try {
        observer((value, given) => {
          if (!Number.isFinite(value)) return;
          let { key, labels } = this.pick(given);
          if (!found.has(key) && found.size >= this.maxLabelSets)
            [key, labels] = [overflowKey, overflowLabels];
          const known = found.get(key);
          if (known === undefined) found.set(key, { labels, value });
          else known.value = adds ? known.value + value : value;
        });
      } catch (error) {
        errors.push(error);
      }
    }
    return found;
  }

  private find<S>(
    among: Map<string, S>,
    given: Readonly<Record<string, unknown>>,
    make: (labels: Attributes, now: HrTime) => S,
  ): S {
    let { key, labels } = this.pick(given);
    let series = among.get(key);
    if (series !== undefined) return series;
    if (among.size >= this.maxLabelSets) {
      [key, labels] = [overflowKey, overflowLabels];
      series = among.get(key);
      if (series !== undefined) return series;
    }
    series = make(labels, hrTimeOf(nowEpochMs()));
    among.set(key, series);
    return series;
  }

  /** Only what the registry names, whatever a caller without types hands in. */
  private pick(given: Readonly<Record<string, unknown>>): { key: string; labels: Attributes } {
    const labels: Attributes = {};
    const values: unknown[] = [];
    for (const key of this.definition.labels) {
      const value = given[key];
      values.push(value);
      if (value !== undefined) labels[key] = value;
    }
    return { key: JSON.stringify(values), labels };
  }
}
