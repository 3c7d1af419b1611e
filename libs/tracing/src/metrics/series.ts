import type { Attributes, HrTime } from '@opentelemetry/api';

/**
 * A histogram with its labels.
 *
 * @example
 * const labels = { 'ryzanstein.model': 'bitnet-7b' };
 * const sizes: BoundHistogram = telemetry.metrics.histogram('ryzanstein.batch.size', labels);
 * sizes.record(8);
 */
export interface BoundHistogram {
  /** Costs nanoseconds, and never throws. What is negative or not finite is not recorded. */
  record(value: number): void;
}

/**
 * A counter with its labels.
 *
 * @example
 * const labels = { 'ryzanstein.token.type': 'output' };
 * const tokens: BoundCounter = telemetry.metrics.counter('ryzanstein.tokens', labels);
 * tokens.add(1);
 */
export interface BoundCounter {
  /** Costs nanoseconds, and never throws. What is negative or not finite is not added. */
  add(value: number): void;
}

/**
 * A sum that may fall, with its labels.
 *
 * @example
 * const labels = { 'hw.id': 'gpu-0' };
 * const usage: BoundUpDownCounter = telemetry.metrics.upDownCounter('hw.gpu.memory.usage', labels);
 * usage.add(1_048_576);
 * usage.add(-1_048_576);
 */
export interface BoundUpDownCounter {
  /** Costs nanoseconds, and never throws. What is not finite is not added. */
  add(value: number): void;
}

/** A label set of a histogram, from its first use on. */
export class HistogramSeries implements BoundHistogram {
  readonly labels: Attributes;
  readonly startTime: HrTime;
  readonly bounds: readonly number[];
  /** One more than there are bounds. */
  readonly counts: number[];
  sum = 0;
  min = Infinity;
  max = -Infinity;

  constructor(labels: Attributes, startTime: HrTime, bounds: readonly number[]) {
    this.labels = labels;
    this.startTime = startTime;
    this.bounds = bounds;
    this.counts = new Array<number>(bounds.length + 1).fill(0);
  }

  record(value: number): void {
    if (!(value >= 0 && value < Infinity)) return;
    const { bounds, counts } = this;
    let low = 0;
    let high = bounds.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (value > (bounds[middle] as number)) low = middle + 1;
      else high = middle;
    }
    (counts[low] as number)++;
    this.sum += value;
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
  }

  /** Holds these from now on; least and greatest are not known. */
  replace(counts: readonly number[], sum: number): void {
    for (let index = 0; index < this.counts.length; index += 1) this.counts[index] = counts[index] ?? 0;
    this.sum = sum;
  }
}

/** A label set of a sum, from its first use on. */
export class SumSeries implements BoundCounter, BoundUpDownCounter {
  readonly labels: Attributes;
  readonly startTime: HrTime;
  value = 0;
  private readonly least: number;

  constructor(labels: Attributes, startTime: HrTime, monotonic: boolean) {
    this.labels = labels;
    this.startTime = startTime;
    this.least = monotonic ? 0 : -Number.MAX_VALUE;
  }

  add(value: number): void {
    if (value >= this.least && value < Infinity) this.value += value;
  }
}
