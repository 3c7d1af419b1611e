import { readFileSync } from 'node:fs';
import {
  checkMetrics,
  startOtlpCollector,
  type CollectedMetric,
  type OtlpCollector,
} from '@ryzanstein/testing';
import type { RecordedSpan } from '@ryzanstein/tracing/testing';
import { asking, meshUnderTest, type MeshUnderTest } from './mesh-under-test.ts';

const secrets = ['owl-secret', 'What is 7 plus 5', 'client-secret', 'no-such-model'];

let collector: OtlpCollector;
let mesh: MeshUnderTest | undefined;
let answers: string[] = [];

beforeAll(async () => {
  collector = await startOtlpCollector();
  mesh = await meshUnderTest({
    tracebox: false,
    // Longer than the test: what arrives is the last word of each process, at its end.
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint, OTEL_METRIC_EXPORT_INTERVAL: '600000' },
  });
  const metadata = { 'x-request-id': 'owl-secret', 'x-client-id': 'client-secret' };
  const { text } = await mesh.chat(asking('What is 7 plus 5?', { maxTokens: 16 }), { metadata });
  answers = [text];
  await mesh.chat(asking('What is 7 plus 5?', { maxTokens: 1 }), { metadata });
  await mesh.client.Chat(asking('What is 7 plus 5?', { model: 'no-such-model' })).catch(() => {});
  await mesh.stop();
  mesh = undefined;
}, 60_000);

afterAll(async () => {
  await mesh?.stop();
  collector.stop();
});

const named = (name: string): CollectedMetric[] => collector.metrics.filter((metric) => metric.name === name);

function only(name: string): CollectedMetric {
  const [metric, ...others] = named(name);
  expect([name, others]).toEqual([name, []]);
  if (metric === undefined) throw new Error(`${name} did not arrive`);
  return metric;
}

const chats = (): readonly RecordedSpan[] => collector.spans.filter(({ name }) => name.startsWith('chat '));
const valuesOf = (spans: readonly RecordedSpan[], key: string): number[] =>
  spans.flatMap(({ attributes }) => attributes[key] ?? []) as number[];
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Count, sum and extremes of what spans tell are those of the metric. */
function expectSame(name: string, service: string, seconds: readonly number[]): void {
  const metric = only(name);
  // What may come, such as a plain completion, stands at zero.
  const points = metric.points.filter(({ count }) => count !== 0);
  expect([name, metric.service, points.length]).toEqual([name, service, 1]);
  const { count, value = NaN, min = NaN, max = NaN } = points[0] ?? {};
  expect([name, count]).toEqual([name, seconds.length]);
  expect(value).toBeCloseTo(sum(seconds), 9);
  expect(min).toBe(Math.min(...seconds));
  expect(max).toBe(Math.max(...seconds));
}

it('names all of it as the registry does, and nothing after a request', () => {
  const ids = new Set(collector.spans.flatMap(({ traceId, spanId }) => [traceId, spanId]));
  expect(checkMetrics(collector.metrics, [...secrets, ...ids])).toEqual([]);
  expect(new Set(collector.metrics.map(({ service }) => service))).toEqual(
    new Set(['ryzanstein-api', 'ryzanstein-gpu', 'ryzanstein-inference']),
  );
});

it('names the version of each program', () => {
  const told = new Set(
    collector.spans.map(({ service, resource }) => `${service} ${String(resource['service.version'])}`),
  );
  const versionOf = (app: string): string => {
    const manifest = new URL(`../../apps/${app}/package.json`, import.meta.url);
    return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
  };
  expect([...told].sort()).toEqual([
    `ryzanstein-api ${versionOf('api-server')}`,
    `ryzanstein-gpu ${versionOf('gpu-coordinator')}`,
    `ryzanstein-inference ${versionOf('inference-engine')}`,
  ]);
});

it('tells the times that the spans tell', () => {
  const engine = 'ryzanstein-inference';
  const spans = chats();
  expect(spans).toHaveLength(2);
  expectSame('gen_ai.server.request.duration', engine, valuesOf(spans, 'gen_ai.latency.e2e'));
  expectSame(
    'gen_ai.server.time_to_first_token',
    engine,
    valuesOf(spans, 'gen_ai.latency.time_to_first_token'),
  );
  expectSame('ryzanstein.queue.duration', engine, valuesOf(spans, 'gen_ai.latency.time_in_queue'));
  expectSame('ryzanstein.batch.size', engine, valuesOf(spans, 'ryzanstein.batch.size'));
  const perToken = spans.flatMap(({ attributes }) => {
    const tokens = Number(attributes['ryzanstein.tokens.output']);
    return tokens > 1 ? [Number(attributes['gen_ai.latency.time_in_model_decode']) / (tokens - 1)] : [];
  });
  expect(perToken).toHaveLength(1);
  expectSame('gen_ai.server.time_per_output_token', engine, perToken);
  const edge = valuesOf(collector.spans, 'ryzanstein.latency.ttft_ms').map((ms) => ms / 1_000);
  expectSame('ryzanstein.ttft', 'ryzanstein-api', edge);
});

it('counts tokens once, where they are made', () => {
  const { service, points } = only('ryzanstein.tokens');
  expect(service).toBe('ryzanstein-inference');
  const counted = Object.fromEntries(
    points.map(({ labels, value }) => [labels['ryzanstein.token.type'], value]),
  );
  expect(counted).toEqual({
    input: sum(valuesOf(chats(), 'ryzanstein.tokens.input')),
    output: sum(valuesOf(chats(), 'ryzanstein.tokens.output')),
  });
});

it('tells of leases, and of every process', () => {
  const waits = only('ryzanstein.lease.wait.duration');
  expect([waits.service, waits.points.map(({ labels, count }) => [labels, count])]).toEqual([
    'ryzanstein-gpu',
    [[{ 'ryzanstein.model': 'ryzanstein-tiny', 'ryzanstein.lease.outcome': 'granted' }, 2]],
  ]);
  expect(only('ryzanstein.lease.active').points).toMatchObject([
    { labels: { 'ryzanstein.gpu.id': 0 }, value: 0 },
  ]);
  expect(named('process.uptime')).toHaveLength(3);
  expect(named('hw.gpu.memory.usage')).toEqual([]);
});

it('has log records of each request, without what was asked or answered', () => {
  const ofRequest = collector.logs.filter(({ attributes }) => attributes['request.id'] === 'owl-secret');
  const services = new Set(ofRequest.map(({ service }) => service));
  expect(services).toEqual(new Set(['ryzanstein-api', 'ryzanstein-gpu']));
  for (const { traceId } of ofRequest) expect(traceId).toMatch(/^[0-9a-f]{32}$/);
  expect(JSON.stringify(collector.logs)).not.toContain('What is 7 plus 5');
  for (const answer of answers) expect(JSON.stringify(collector.logs)).not.toContain(answer);
});
