import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { metrics as api } from '@opentelemetry/api';
import { startTelemetry, type Telemetry } from '../telemetry.ts';
import { tapMetrics } from './metric-tap.ts';

const quiet = { OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' };
const said: string[] = [];
const say = (_fields: object, message: string) => void said.push(message);
const logger = { info: say, warn: say, error: say };

let telemetry: Telemetry | undefined;

beforeEach(() => said.splice(0));

afterEach(async () => {
  await telemetry?.shutdown();
  telemetry = undefined;
});

async function until(done: () => boolean): Promise<void> {
  const giveUpAtMs = performance.now() + 5_000;
  while (!done()) {
    if (performance.now() > giveUpAtMs) throw new Error(`it did not come to pass; said: ${said.join(' | ')}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

const runtime = [
  'nodejs.eventloop.time',
  'nodejs.eventloop.utilization',
  'process.cpu.time',
  'process.memory.usage',
  'process.uptime',
  'v8js.gc.duration',
  'v8js.memory.heap.space.available_size',
  'v8js.memory.heap.space.physical_size',
  'v8js.memory.heap.space.size',
  'v8js.memory.heap.used',
];

it('tells of the process, and what others record through the API, beside what is recorded', async () => {
  const tap = tapMetrics();
  telemetry = startTelemetry({ serviceName: 'test', env: quiet, metricReaders: [tap] });
  telemetry.metrics.histogram('ryzanstein.ttft', { 'ryzanstein.model': 'm' }).record(0.25);
  api.getMeter('their-library').createCounter('their.count').add(2, { their: 'label' });

  const found = await tap.collect();
  const own = found.filter(({ scope }) => scope === '@ryzanstein/tracing').map(({ name }) => name);
  expect(own.filter((name) => !name.startsWith('nodejs.eventloop.delay.')).sort()).toEqual(
    [...runtime, 'ryzanstein.ttft'].sort(),
  );
  expect(found.find(({ name }) => name === 'their.count')).toMatchObject({
    scope: 'their-library',
    points: [{ labels: { their: 'label' }, value: 2 }],
  });
  const valueOf = (name: string) => found.find((metric) => metric.name === name)?.points[0]?.value ?? NaN;
  expect(valueOf('process.memory.usage')).toBeGreaterThan(1e6);
  expect(valueOf('process.uptime')).toBeCloseTo(process.uptime(), 0);
  expect(found.find(({ name }) => name === 'v8js.memory.heap.used')?.points.length).toBeGreaterThan(3);
});

it("tells the event loop's delay since it was last read, in seconds", async () => {
  const tap = tapMetrics();
  telemetry = startTelemetry({ serviceName: 'test', env: quiet, metricReaders: [tap] });
  const blockedMs = 100;
  // A look may have been due in the midst of the block, at most 20 ms after its start.
  const seenMs = 75;
  let p99: number | undefined;
  const giveUpAtMs = performance.now() + 5_000;
  while (p99 === undefined || p99 < seenMs / 1e3) {
    expect(performance.now()).toBeLessThan(giveUpAtMs);
    const untilMs = performance.now() + blockedMs;
    while (performance.now() < untilMs);
    await new Promise((resolve) => setTimeout(resolve, 25));
    p99 = (await tap.collect()).find(({ name }) => name === 'nodejs.eventloop.delay.p99')?.points[0]?.value;
  }
  expect(p99).toBeLessThan(5);
});

it.each([
  ['OTEL_SDK_DISABLED', 'true'],
  ['OTEL_METRICS_EXPORTER', 'none'],
])('keeps nothing with %s=%s', (variable, value) => {
  telemetry = startTelemetry({ serviceName: 'test', env: { ...quiet, [variable]: value } });
  const one = telemetry.metrics.histogram('ryzanstein.ttft', {});
  expect(telemetry.metrics.histogram('gen_ai.server.request.duration', {})).toBe(one);
  one.record(1);
  expect(api.getMeter('x').createCounter('y').constructor.name).toBe('NoopCounterMetric');
});

it('begins anew in the next telemetry of a process', async () => {
  for (const count of [1, 2]) {
    const tap = tapMetrics();
    telemetry = startTelemetry({ serviceName: 'test', env: quiet, metricReaders: [tap] });
    const ttft = telemetry.metrics.histogram('ryzanstein.ttft', {});
    for (let n = 0; n < count; n += 1) ttft.record(1);
    api.getMeter('theirs').createCounter('their.count').add(count);
    const found = await tap.collect();
    expect(found.find(({ name }) => name === 'ryzanstein.ttft')?.points).toMatchObject([{ count }]);
    expect(found.find(({ name }) => name === 'their.count')?.points).toMatchObject([{ value: count }]);
    await telemetry.shutdown();
  }
});

describe('Prometheus', () => {
  const prometheus = { ...quiet, OTEL_METRICS_EXPORTER: 'prometheus', OTEL_EXPORTER_PROMETHEUS_PORT: '0' };

  async function address(): Promise<string> {
    await until(() => said.length > 0);
    return said[0]?.replace('metrics are served on ', '') ?? '';
  }

  it('reads text over HTTP', async () => {
    telemetry = startTelemetry({ serviceName: 'test', serviceVersion: '1', env: prometheus, logger });
    const { metrics } = telemetry;
    const ttft = metrics.histogram('ryzanstein.ttft', { 'ryzanstein.model': 'm "1"' });
    for (const seconds of [0.0005, 0.07, 0.07, 500]) ttft.record(seconds);
    metrics
      .counter('ryzanstein.tokens', { 'ryzanstein.model': 'm', 'ryzanstein.token.type': 'input' })
      .add(7);
    const url = await address();
    const response = await fetch(url);
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/plain']);
    const text = await response.text();
    const of = (name: string) => text.split('\n').filter((line) => line.includes(name));
    const labels = 'ryzanstein_model="m \\"1\\"",otel_scope_name="@ryzanstein/tracing"';
    expect(of('ryzanstein_ttft').slice(0, 5)).toEqual([
      '# HELP ryzanstein_ttft Request in to first token out, at the edge.',
      '# UNIT ryzanstein_ttft s',
      '# TYPE ryzanstein_ttft histogram',
      `ryzanstein_ttft_count{${labels}} 4`,
      `ryzanstein_ttft_sum{${labels}} 500.1405`,
    ]);
    expect(of('ryzanstein_ttft_bucket')).toEqual(
      expect.arrayContaining([
        `ryzanstein_ttft_bucket{${labels},le="0.001"} 1`,
        `ryzanstein_ttft_bucket{${labels},le="0.08"} 3`,
        `ryzanstein_ttft_bucket{${labels},le="120"} 3`,
        `ryzanstein_ttft_bucket{${labels},le="+Inf"} 4`,
      ]),
    );
    expect(of('ryzanstein_tokens_total{')).toEqual([
      'ryzanstein_tokens_total{ryzanstein_model="m",ryzanstein_token_type="input",otel_scope_name="@ryzanstein/tracing"} 7',
    ]);
    expect(of('target_info{')[0]).toContain('service_name="test"');
    expect((await fetch(new URL('/other', url))).status).toBe(404);
  });

  it('cannot read where the port is taken, which is said once, and the service lives', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as AddressInfo;
    try {
      const env = { ...prometheus, OTEL_EXPORTER_PROMETHEUS_PORT: String(port) };
      telemetry = startTelemetry({ serviceName: 'test', env, logger });
      await until(() => said.length > 0);
      telemetry.metrics.histogram('ryzanstein.ttft', {}).record(1);
      await telemetry.shutdown();
      expect(said).toEqual([
        `metrics cannot be served on 127.0.0.1:${port}: something else listens there; OTEL_EXPORTER_PROMETHEUS_PORT names another port`,
      ]);
    } finally {
      other.close();
    }
  });

  it('is no longer served after the shutdown', async () => {
    telemetry = startTelemetry({ serviceName: 'test', env: prometheus, logger });
    const url = await address();
    await telemetry.shutdown();
    await expect(fetch(url)).rejects.toThrow();
  });
});
