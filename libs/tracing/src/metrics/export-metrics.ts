import type { MetricLabels, NameOf } from '../semconv/metrics.ts';
import type { SeriesRecorder } from './recorder.ts';

/** Numbers by `error.type`; what succeeded stands under the empty one. */
type CountsByError = Readonly<Record<string, number>>;

type Thing = 'span' | 'log' | 'metric_data_point';

/** What became of one signal's items, counted since the start of the process. */
export interface ExportTally {
  readonly thing: Thing;
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
  /** Attempts; `buckets` by the bounds of `otel.sdk.exporter.operation.duration`. */
  readonly operations: readonly {
    readonly errorType: string;
    readonly sumSeconds: number;
    readonly buckets: readonly number[];
  }[];
}

type Counted = Extract<NameOf<'counter'>, `otel.sdk.${string}`>;
type Level = Extract<NameOf<'updowncounter'>, `otel.sdk.${string}`>;

/** Tells what becomes of all telemetry. `counts` is called several times per collection. */
export function observeExports(recorder: SeriesRecorder, counts: () => readonly ExportTally[]): void {
  for (const thing of ['span', 'log', 'metric_data_point'] as const) {
    const of = () => counts().filter((tally) => tally.thing === thing);
    const level = (name: Level, read: (tally: ExportTally) => number, labels = exporterOf) =>
      recorder.observe(name, (report) => {
        for (const tally of of()) report(read(tally), labels(tally));
      });
    const counter = (name: Counted, read: (tally: ExportTally) => CountsByError, labels = exporterOf) =>
      recorder.observe(name, (report) => {
        for (const tally of of())
          for (const [error, count] of Object.entries({ '': 0, ...read(tally) }))
            report(count, { ...labels(tally), ...errorOf(error) });
      });
    level(`otel.sdk.exporter.${thing}.inflight`, ({ inflight }) => inflight);
    counter(`otel.sdk.exporter.${thing}.exported`, ({ exported }) => exported);
    // What is collected when it is sent waits nowhere.
    if (thing === 'metric_data_point') continue;
    level(`otel.sdk.processor.${thing}.queue.size`, ({ queueSize }) => queueSize, processorOf);
    level(`otel.sdk.processor.${thing}.queue.capacity`, ({ queueCapacity }) => queueCapacity, processorOf);
    counter(`otel.sdk.processor.${thing}.processed`, ({ processed }) => processed, processorOf);
  }
  recorder.mirror('otel.sdk.exporter.operation.duration', (report) => {
    for (const tally of counts())
      for (const { errorType, sumSeconds, buckets } of tally.operations)
        report({ counts: buckets, sum: sumSeconds }, { ...exporterOf(tally), ...errorOf(errorType) });
  });
}

type ExporterLabels = MetricLabels<'otel.sdk.exporter.operation.duration'>;

function exporterOf({ thing, serverAddress, serverPort }: ExportTally): ExporterLabels {
  const type = `otlp_grpc_${thing === 'metric_data_point' ? 'metric' : thing}_exporter`;
  return { ...componentOf(type), 'server.address': serverAddress, 'server.port': serverPort };
}

function processorOf({ thing }: ExportTally): ExporterLabels {
  return componentOf(`batching_${thing}_processor`);
}

// There is one of each in a process.
function componentOf(type: string): ExporterLabels {
  return { 'otel.component.name': `${type}/0`, 'otel.component.type': type };
}

function errorOf(errorType: string): ExporterLabels {
  return errorType === '' ? {} : { 'error.type': errorType };
}
