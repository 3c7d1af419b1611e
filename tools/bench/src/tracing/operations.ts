/**
 * Nanoseconds per operation, in a process of its own and bundled as a service is: `operations.mjs
 * SINK`. Chunks of all operations take turns; prints minimum and median of each as JSON.
 */
import { metrics, trace } from '@opentelemetry/api';
import { Metadata } from '@grpc/grpc-js';
import { startTelemetry, TraceContext } from '@ryzanstein/tracing';
import { median } from '../figures.ts';

const chunk = 256;
const chunks = 40;
const rounds = 9;
const chunksPerFlush = 8;

const telemetry = startTelemetry({ serviceName: 'bench' });
const { tracer } = telemetry;
const plain = trace.getTracer('bench');
const incoming = new Metadata();
incoming.set('traceparent', '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-03');
incoming.set('tracestate', 'ryzanstein=p:1;o:bench,ot=th:0');
incoming.set('x-request-id', 'bench-request-1');
const here = TraceContext.fromMetadata(incoming);
const attributes = {
  'ryzanstein.model': 'ryzanstein-tiny',
  'ryzanstein.tokens.input': 12,
  'ryzanstein.tokens.output': 34,
  'ryzanstein.latency.prefill_ms': 1.5,
  'ryzanstein.latency.decode_ms': 20.5,
  'ryzanstein.gpu.id': 0,
  'ryzanstein.batch.size': 4,
};
const recorder = telemetry.metrics.histogram('ryzanstein.ttft', { 'ryzanstein.model': 'm' });
const stock = metrics.getMeter('bench').createHistogram('bench.ttft');
const label = { 'ryzanstein.model': 'm' };

const operations: Readonly<Record<string, () => unknown>> = {
  'nothing (the loop)': () => 0,
  span: () => plain.startSpan('step').end(),
  'span with seven attributes': () => plain.startSpan('step', { attributes }).end(),
  'Tracer.startSpan with seven attributes': () =>
    tracer.startSpan('step', (span) => void span.setAttributes(attributes)),
  'one attribute on a span': (() => {
    const span = plain.startSpan('long');
    return () => span.setAttribute('ryzanstein.model', 'ryzanstein-tiny');
  })(),
  'inject into gRPC metadata': () => here.toMetadata(),
  'extract from gRPC metadata': () => TraceContext.fromMetadata(incoming),
  'inject and extract': () => TraceContext.fromMetadata(here.toMetadata()),
  'histogram record': () => recorder.record(0.012),
  'histogram record, stock SDK': () => stock.record(0.012, label),
};

const perOperation = new Map<string, number[]>(Object.keys(operations).map((name) => [name, []]));
for (let round = -1; round < rounds; round++) {
  for (const [name, operation] of Object.entries(operations)) {
    for (let n = 0; n < chunks; n++) {
      const from = process.hrtime.bigint();
      for (let i = 0; i < chunk; i++) operation();
      const took = Number(process.hrtime.bigint() - from) / chunk;
      if (round >= 0) perOperation.get(name)?.push(took);
      // What it left to be sent must not fill the queue, whose fullness is cheaper.
      if (n % chunksPerFlush === 0) await telemetry.forceFlush();
    }
  }
}
await telemetry.shutdown();
const figures = [...perOperation].map(([name, all]) => ({
  name,
  minimumNs: Math.min(...all),
  medianNs: median(all),
}));
process.stdout.write(`${JSON.stringify(figures)}\n`);
