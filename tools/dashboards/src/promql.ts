const interval = '$__rate_interval';

/** Selects nothing of the Collector's own spans, nor those of other systems that send to it. */
export const mesh = 'service_namespace="ryzanstein"';

/** What a counter grows by each second, by label. */
export const rate = (counter: string, by: string, where = mesh): string =>
  `sum by (${by}) (rate(${counter}{${where}}[${interval}]))`;

/** A quantile of a histogram, by label. */
export const quantile = (q: number, histogram: string, by: string, where = mesh): string => {
  const labels = by === '' ? 'le' : `le, ${by}`;
  return `histogram_quantile(${q}, sum by (${labels}) (rate(${histogram}_bucket{${where}}[${interval}])))`;
};

/**
 * A quantile of span metrics with exemplars. Under the tail profile those stand on a second histogram
 * behind the sampler, that is named here to get them and adds no line of its own: nothing is below 0.
 */
export const quantileOfSpans = (q: number, by: string, where: string): string =>
  `${quantile(q, 'traces_span_metrics_duration_seconds', by, where)} or (${quantile(q, 'traces_span_kept_duration_seconds', by, where)} < 0)`;

/** The mean of a histogram, by label. */
export const mean = (histogram: string, by: string, where = mesh): string =>
  `${rate(`${histogram}_sum`, by, where)} / ${rate(`${histogram}_count`, by, where)}`;

/** A counter of the Collector, under both spellings of its name. */
export const own = (counter: string, by: string, where = ''): string =>
  `sum by (${by}) (rate({__name__=~"${counter}(_total)?", job="otelcol"${where === '' ? '' : `, ${where}`}}[${interval}]))`;

/** 0 where a counter of failures has not come into being. */
export const orZero = (promql: string): string => `${promql} or vector(0)`;
