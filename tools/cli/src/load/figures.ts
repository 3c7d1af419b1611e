import type { Random } from './seeded-random.ts';

/** What is said of a set of measured values. */
export interface Percentiles {
  /** How many were measured. */
  readonly count: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
  /** Of how many the percentiles are, where there were too many to keep; the rest is exact. */
  readonly sampled?: number;
}

/** Gathers values. */
export interface Measure {
  add(value: number): void;
  /** Undefined where nothing was measured. */
  percentiles(): Percentiles | undefined;
}

const kept = 500_000;

/**
 * Keeps every value up to `limit`, and of more an even random sample of that size: exact as long as
 * memory allows. A percentile is the smallest value that at least that share of the values do not exceed.
 */
export function measure(random: Random, limit = kept): Measure {
  let values = new Float64Array(Math.min(limit, 1_024));
  let size = 0;
  let count = 0;
  let max = -Infinity;
  return {
    add(value) {
      count += 1;
      max = Math.max(max, value);
      if (size < limit) {
        if (size === values.length) {
          const larger = new Float64Array(Math.min(limit, size * 2));
          larger.set(values);
          values = larger;
        }
        values[size++] = value;
        return;
      }
      const place = Math.floor(random() * count);
      if (place < limit) values[place] = value;
    },
    percentiles() {
      if (count === 0) return undefined;
      const sorted = values.slice(0, size).sort();
      const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * size) - 1)] ?? NaN;
      return {
        count,
        p50: at(0.5),
        p90: at(0.9),
        p99: at(0.99),
        max,
        ...(count > size ? { sampled: size } : {}),
      };
    },
  };
}

/**
 * Jain's index of what each got: 1 where all got the same, 1 ÷ n where one got everything. Undefined
 * where nobody got anything.
 */
export function jainIndex(shares: readonly number[]): number | undefined {
  const sum = shares.reduce((total, share) => total + share, 0);
  if (sum === 0) return undefined;
  return sum ** 2 / (shares.length * shares.reduce((total, share) => total + share ** 2, 0));
}
