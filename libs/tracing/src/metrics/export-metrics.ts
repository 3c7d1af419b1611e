import type { MetricRecorder } from './recorder.ts';
import type { NameOf } from '../semconv/metrics.ts';

/** Numbers by `error.type`; what succeeded stands under the empty one. */
type CountsByError = Readonly<Record<string, number>>;

/** What became of one signal's items, counted since the start of the process. */
export interface ExportTally {
  readonly thing: 'span' | 'log' | 'metric_data_point';
  readonly serverAddress: string;
  readonly serverPort: number;
  /** Left the queue for the exporter, or never did. */
  readonly processed: CountsByError;
  readonly queueSize: number;
  /** 0 where there is no queue. */
  readonly queueCapacity: number;
  /** Taken, or lost. */
  readonly exported: CountsByError;
  readonly inflight: number;
}

/** Tells what becomes of one signal's items; `read` is called several times per collection. */
export function observeExport(recorder: MetricRecorder, read: () => ExportTally): () => void {
  const { thing, serverAddress, serverPort, queueCapacity } = read();
  const exporter = {
    ...componentOf(`otlp_grpc_${thing === 'metric_data_point' ? 'metric' : thing}_exporter`),
    'server.address': serverAddress,
    'server.port': serverPort,
  };
  const stops = [
    recorder.observe(`otel.sdk.exporter.${thing}.inflight`, (report) => report(read().inflight, exporter)),
    byError(recorder, `otel.sdk.exporter.${thing}.exported`, () => read().exported, exporter),
  ];
  if (thing !== 'metric_data_point' && queueCapacity > 0) {
    const processor = componentOf(`batching_${thing}_processor`);
    stops.push(
      recorder.observe(`otel.sdk.processor.${thing}.queue.size`, (report) =>
        report(read().queueSize, processor),
      ),
      recorder.observe(`otel.sdk.processor.${thing}.queue.capacity`, (report) =>
        report(queueCapacity, processor),
      ),
      byError(recorder, `otel.sdk.processor.${thing}.processed`, () => read().processed, processor),
    );
  }
  return () => {
    for (const stop of stops) stop();
  };
}

type Counted = Extract<NameOf<'counter'>, `otel.sdk.${string}`>;

function byError(
  recorder: MetricRecorder,
  name: Counted,
  counts: () => CountsByError,
  labels: Readonly<Record<string, string | number>>,
): () => void {
  return recorder.observe(name, (report) => {
    const now = { '': 0, ...counts() };
    for (const [error, count] of Object.entries(now))
      report(count, error === '' ? labels : { ...labels, 'error.type': error });
  });
}

function componentOf(type: string): { 'otel.component.name': string; 'otel.component.type': string } {
  // There is one of each in a process.
  return { 'otel.component.name': `${type}/0`, 'otel.component.type': type };
}
