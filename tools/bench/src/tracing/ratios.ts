import { median, quantile } from '../figures.ts';
import type { Measured, Slice } from './measure.ts';
import { controls } from './variants.ts';

/** A variant's figure as a multiple of that of grpc-js alone. */
export interface Ratio {
  /** Median over the cycles of variant ÷ mean of the two controls of the same cycle. */
  readonly median: number;
  readonly low: number;
  readonly high: number;
  /** Median of the figure itself. */
  readonly absolute: number;
}

/** The ratio of one figure of one variant, with its lower and upper quartile. */
export function ratioOf(measured: Measured, variant: string, figure: keyof Slice): Ratio {
  const own = (measured.get(variant) ?? []).map((slice) => slice[figure]);
  const [one = [], other = []] = controls.map((control) =>
    (measured.get(control) ?? []).map((slice) => slice[figure]),
  );
  // A control is held against the other one: against their mean it would look half as far off.
  const base = (cycle: number): number =>
    variant === controls[1]
      ? (one[cycle] ?? NaN)
      : variant === controls[0]
        ? (other[cycle] ?? NaN)
        : ((one[cycle] ?? NaN) + (other[cycle] ?? NaN)) / 2;
  const ratios = own.map((value, cycle) => value / base(cycle));
  return {
    median: median(ratios),
    low: quantile(ratios, 0.25),
    high: quantile(ratios, 0.75),
    absolute: median(own),
  };
}
