import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { observeExports, type ExportTally } from './export-metrics.ts';
import { tapMetrics } from './metric-tap.ts';
import { RecorderProducer } from './recorder-producer.ts';
import { SeriesRecorder } from './recorder.ts';
import { temporalityOf } from './temporality.ts';

const server = { 'server.address': 'collector', 'server.port': 4317 };
const named = (type: string) => ({ 'otel.component.name': `${type}/0`, 'otel.component.type': type });

const buckets = (at: number, count: number) => Object.assign(new Array<number>(15).fill(0), { [at]: count });

const spans: ExportTally = {
  thing: 'span',
  serverAddress: 'collector',
  serverPort: 4317,
  processed: { '': 7, queue_full: 2 },
  queueSize: 3,
  queueCapacity: 4_096,
  exported: { '': 5, UNAVAILABLE: 1 },
  inflight: 1,
  operations: [
    { errorType: '', sumSeconds: 0.02, buckets: buckets(1, 2) },
    { errorType: 'UNAVAILABLE', sumSeconds: 12, buckets: buckets(14, 1) },
  ],
};
const points: ExportTally = {
  ...spans,
  thing: 'metric_data_point',
  processed: {},
  queueSize: 0,
  queueCapacity: 0,
  exported: {},
  inflight: 0,
  operations: [],
};

function observed(counts: () => readonly ExportTally[]) {
  const recorder = new SeriesRecorder();
  observeExports(recorder, counts);
  const [total, change] = (['cumulative', 'delta'] as const).map((temporality) => {
    const tap = tapMetrics(temporality);
    new MeterProvider({ readers: [tap.build([new RecorderProducer(recorder, temporalityOf(temporality))])] });
    return async () =>
      Object.fromEntries(
        (await tap.collect()).map(({ name, points }) => [
          name,
          points.map(({ labels, value, count }) => [labels, value, ...(count === undefined ? [] : [count])]),
        ]),
      );
  });
  return { total, change };
}

it('tells what became of every signal that is exported', async () => {
  const { total } = observed(() => [spans, points]);
  const exporter = { ...named('otlp_grpc_span_exporter'), ...server };
  const processor = named('batching_span_processor');
  const others = { ...named('otlp_grpc_metric_exporter'), ...server };
  expect(await total?.()).toEqual({
    'otel.sdk.exporter.span.inflight': [[exporter, 1]],
    'otel.sdk.exporter.span.exported': [
      [exporter, 5],
      [{ ...exporter, 'error.type': 'UNAVAILABLE' }, 1],
    ],
    'otel.sdk.processor.span.queue.size': [[processor, 3]],
    'otel.sdk.processor.span.queue.capacity': [[processor, 4_096]],
    'otel.sdk.processor.span.processed': [
      [processor, 7],
      [{ ...processor, 'error.type': 'queue_full' }, 2],
    ],
    'otel.sdk.exporter.metric_data_point.inflight': [[others, 0]],
    'otel.sdk.exporter.metric_data_point.exported': [[others, 0]],
    'otel.sdk.exporter.operation.duration': [
      [exporter, 0.02, 2],
      [{ ...exporter, 'error.type': 'UNAVAILABLE' }, 12, 1],
    ],
  });
});

it('tells what came since, where a reader wants that', async () => {
  let tally = spans;
  const { change } = observed(() => [tally]);
  await change?.();
  tally = {
    ...spans,
    exported: { '': 9, UNAVAILABLE: 1 },
    operations: [{ errorType: '', sumSeconds: 0.03, buckets: buckets(1, 3) }],
  };
  const found = await change?.();
  const exporter = { ...named('otlp_grpc_span_exporter'), ...server };
  expect(found?.['otel.sdk.exporter.span.exported']).toEqual([[exporter, 4]]);
  expect(found?.['otel.sdk.exporter.operation.duration']).toEqual([[exporter, expect.closeTo(0.01, 9), 1]]);
});
