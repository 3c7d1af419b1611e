import type { CollectorCounts } from './facts.ts';

/** One sample of a metric. */
export interface CounterSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Reads the text that programs show to Prometheus. */
export function readMetricsText(text: string): CounterSample[] {
  return text.split('\n').flatMap((line) => {
    const match = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/.exec(line);
    if (match === null) return [];
    const labels = [...(match[2] ?? '').matchAll(/([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g)];
    return [
      {
        name: match[1] ?? '',
        labels: Object.fromEntries(labels.map(([, key = '', value = '']) => [key, value])),
        value: Number(match[3]),
      },
    ];
  });
}

/** Adds up what the Collector says of itself. Releases differ in whether counters end in `_total`. */
export function collectorCounts(samples: readonly CounterSample[]): CollectorCounts {
  const of = (pattern: RegExp): CounterSample[] =>
    samples.filter(({ name, value }) => pattern.test(name.replace(/_total$/, '')) && Number.isFinite(value));
  const sum = (pattern: RegExp): number => of(pattern).reduce((total, { value }) => total + value, 0);
  const by = (pattern: RegExp, key: (sample: CounterSample) => string): Record<string, number> => {
    const sums: Record<string, number> = {};
    for (const sample of of(pattern)) sums[key(sample)] = (sums[key(sample)] ?? 0) + sample.value;
    return sums;
  };
  const exporter = ({ labels }: CounterSample): string => labels.exporter ?? 'unnamed';
  const capacity = by(/^otelcol_exporter_queue_capacity$/, queueOf);
  const size = by(/^otelcol_exporter_queue_size$/, queueOf);
  const queued: Record<string, number> = {};
  for (const [queue, most] of Object.entries(capacity)) {
    const name = queue.split(' ')[0] ?? queue;
    queued[name] = Math.max(queued[name] ?? 0, most > 0 ? (size[queue] ?? 0) / most : 0);
  }
  return {
    accepted: sum(/^otelcol_receiver_accepted_spans$/),
    refused: sum(/^otelcol_receiver_refused_spans$/),
    limited: sum(/^otelcol_processor(_memory_limiter)?_refused_spans$/),
    notSampled: of(/^otelcol_processor_tail_sampling_global_count_traces_sampled$/)
      .filter(({ labels }) => labels.sampled === 'false' || labels.decision === 'not_sampled')
      .reduce((total, { value }) => total + value, 0),
    sent: by(/^otelcol_exporter_sent_spans$/, exporter),
    failed: by(/^otelcol_exporter_send_failed_spans$/, exporter),
    notEnqueued: by(/^otelcol_exporter_enqueue_failed_spans$/, exporter),
    queued,
    documents: by(/^otelcol_elasticsearch_docs_processed$/, ({ labels }) =>
      `${labels.outcome ?? 'unknown'} ${labels.http_response_status_code ?? ''} ${labels.error_type ?? ''}`.trim(),
    ),
  };
}

function queueOf({ labels }: CounterSample): string {
  return `${labels.exporter ?? 'unnamed'} ${labels.data_type ?? ''}`;
}

/** How much each count of `after` is above that of `before`. */
export function increases(
  before: Readonly<Record<string, number>>,
  after: Readonly<Record<string, number>>,
): Record<string, number> {
  return Object.fromEntries(
    Object.entries(after)
      // A program that was started in between counts from nothing.
      .map(([name, value]): [string, number] => [
        name,
        value < (before[name] ?? 0) ? value : value - (before[name] ?? 0),
      ])
      .filter(([, value]) => value > 0),
  );
}
