import { startTelemetry, type Telemetry } from '@ryzanstein/tracing';
import { startOtlpCollector, type OtlpCollector } from '../src/index.ts';

let telemetry: Telemetry | undefined;
let collector: OtlpCollector | undefined;

afterEach(async () => {
  await telemetry?.shutdown();
  collector?.stop();
  telemetry = undefined;
  collector = undefined;
});

function start(endpoint: string, env: Record<string, string> = {}): { telemetry: Telemetry; said: string[] } {
  const said: string[] = [];
  const say = (_fields: object, message: string) => void said.push(message);
  telemetry = startTelemetry({
    serviceName: 'sender',
    env: {
      OTEL_TRACES_EXPORTER: 'none',
      OTEL_LOGS_EXPORTER: 'none',
      OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
      OTEL_METRIC_EXPORT_INTERVAL: '200',
      ...env,
    },
    logger: { info: say, warn: say, error: say },
  });
  return { telemetry, said };
}

const model = { 'ryzanstein.model': 'm' };
const of = (name: string) => collector?.metrics.filter((metric) => metric.name === name) ?? [];
const last = (name: string) => of(name).at(-1);
const points = (name: string) => of(name).flatMap((metric) => metric.points);

it('delivers metrics as they were recorded, again and again', async () => {
  collector = await startOtlpCollector();
  const startedEpochMs = Date.now();
  const { metrics } = start(collector.endpoint).telemetry;
  const ttft = metrics.histogram('ryzanstein.ttft', model);
  for (const seconds of [0.0005, 0.07, 500]) ttft.record(seconds);
  metrics.counter('ryzanstein.tokens', { ...model, 'ryzanstein.token.type': 'input' }).add(7);
  metrics.histogram('ryzanstein.queue.duration', model);
  await collector.until(() => last('ryzanstein.ttft')?.points[0]?.count === 3);
  ttft.record(0.25);
  await collector.until(() => last('ryzanstein.ttft')?.points[0]?.count === 4);

  const counts = new Array<number>(20).fill(0);
  for (const [bucket, count] of [
    [0, 1],
    [6, 1],
    [8, 1],
    [19, 1],
  ] as const)
    counts[bucket] = count;
  expect(last('ryzanstein.ttft')).toEqual({
    name: 'ryzanstein.ttft',
    unit: 's',
    description: 'Request in to first token out, at the edge.',
    scope: '@ryzanstein/tracing',
    service: 'sender',
    kind: 'histogram',
    monotonic: false,
    temporality: 'cumulative',
    bounds: [
      0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 30, 60, 120,
    ],
    points: [
      {
        labels: model,
        startEpochMs: points('ryzanstein.ttft')[0]?.startEpochMs,
        endEpochMs: expect.any(Number),
        value: 500.3205,
        count: 4,
        counts,
        min: 0.0005,
        max: 500,
      },
    ],
  });
  const { startEpochMs = 0, endEpochMs = 0 } = points('ryzanstein.ttft').at(-1) ?? {};
  expect(startEpochMs).toBeGreaterThanOrEqual(startedEpochMs - 1);
  expect(endEpochMs).toBeGreaterThan(startEpochMs);
  expect(last('ryzanstein.tokens')).toMatchObject({
    kind: 'sum',
    monotonic: true,
    points: [{ labels: { ...model, 'ryzanstein.token.type': 'input' }, value: 7 }],
  });
  expect(last('ryzanstein.queue.duration')?.points).toMatchObject([{ count: 0, value: 0, min: undefined }]);
  expect(last('nodejs.eventloop.utilization')?.kind).toBe('gauge');
});

it('delivers what came since the last time, where that is preferred', async () => {
  collector = await startOtlpCollector();
  const { metrics } = start(collector.endpoint, {
    OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'delta',
  }).telemetry;
  const ttft = metrics.histogram('ryzanstein.ttft', model);
  ttft.record(1);
  await collector.until(() => points('ryzanstein.ttft').length === 1);
  for (const seconds of [2, 3]) ttft.record(seconds);
  await collector.until(() => points('ryzanstein.ttft').length === 2);
  await collector.until(() => of('process.memory.usage').length > 4);
  const [first, second] = points('ryzanstein.ttft');
  expect(of('ryzanstein.ttft').map(({ temporality }) => temporality)).toEqual(['delta', 'delta']);
  expect([first, second].map((point) => [point?.count, point?.value])).toEqual([
    [1, 1],
    [2, 5],
  ]);
  expect(second?.startEpochMs).toBe(first?.endEpochMs);
  expect(last('process.memory.usage')?.temporality).toBe('cumulative');
});

it('delivers the last values when it shuts down', async () => {
  collector = await startOtlpCollector();
  const { telemetry } = start(collector.endpoint, { OTEL_METRIC_EXPORT_INTERVAL: '60000' });
  telemetry.metrics.counter('ryzanstein.tokens', model).add(3);
  await telemetry.shutdown();
  expect(points('ryzanstein.tokens')).toMatchObject([{ value: 3 }]);
});

it('says once that the collector is away, and once that it is back', async () => {
  collector = await startOtlpCollector();
  collector.mood = 'refuse';
  const { telemetry, said } = start(collector.endpoint);
  const arrived = collector;
  await collector.until(() => arrived.requests >= 2 && said.length > 0);
  expect(said).toEqual([
    `metrics cannot be exported to ${collector.endpoint}: UNAVAILABLE: refused; 0 lost so far`,
  ]);
  telemetry.metrics.counter('ryzanstein.tokens', model).add(3);
  collector.mood = 'accept';
  await collector.until(
    () => points('ryzanstein.tokens').some(({ value }) => value === 3) && said.length > 1,
  );
  expect(said[1]).toContain(`metrics are exported to ${collector.endpoint} again`);
  expect(said).toHaveLength(2);
});

it('tells what became of all telemetry', async () => {
  collector = await startOtlpCollector();
  const { telemetry } = start(collector.endpoint, { OTEL_TRACES_EXPORTER: 'otlp' });
  for (let n = 0; n < 3; n += 1) telemetry.tracer.startSpan('step', () => {});
  await telemetry.forceFlush();
  const { port } = new URL(collector.endpoint);
  const taken = () => points('otel.sdk.exporter.span.exported').find(({ value }) => value === 3);
  await collector.until(() => taken() !== undefined);
  expect(taken()?.labels).toEqual({
    'otel.component.name': 'otlp_grpc_span_exporter/0',
    'otel.component.type': 'otlp_grpc_span_exporter',
    'server.address': '127.0.0.1',
    'server.port': Number(port),
  });
  expect(last('otel.sdk.processor.span.queue.size')?.points).toMatchObject([{ value: 0 }]);
  expect(last('otel.sdk.processor.span.queue.capacity')?.points).toMatchObject([{ value: 4_096 }]);
  expect(last('otel.sdk.exporter.operation.duration')?.points[0]?.count).toBeGreaterThan(0);
});

it('does not hold up the shutdown when the collector never answers', async () => {
  collector = await startOtlpCollector();
  collector.mood = 'hang';
  const { telemetry } = start(collector.endpoint, {
    OTEL_METRIC_EXPORT_INTERVAL: '60000',
    OTEL_BSP_EXPORT_TIMEOUT: '300',
    OTEL_EXPORTER_OTLP_TIMEOUT: '2000',
  });
  const startedMs = performance.now();
  await telemetry.shutdown();
  const tookMs = performance.now() - startedMs;
  expect(tookMs).toBeGreaterThanOrEqual(290);
  expect(tookMs).toBeLessThan(4_000);
});
