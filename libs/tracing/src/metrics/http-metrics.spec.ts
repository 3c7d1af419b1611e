import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tracedListener } from '../http/traced-listener.ts';
import { startTelemetry } from '../telemetry.ts';
import { httpMetrics } from './http-metrics.ts';
import { tapMetrics } from './metric-tap.ts';
import { RecorderProducer } from './recorder-producer.ts';
import { SeriesRecorder } from './recorder.ts';
import { temporalityOf } from './temporality.ts';

const ok = {
  'http.request.method': 'POST',
  'http.route': '/v1/chat/completions',
  'http.response.status_code': 200,
  'url.scheme': 'http',
};

it('records each request that is served by method, route and outcome', async () => {
  const recorder = new SeriesRecorder();
  const tap = tapMetrics();
  new MeterProvider({ readers: [tap.build([new RecorderProducer(recorder, temporalityOf('cumulative'))])] });
  const observe = httpMetrics(recorder);
  const chat = {
    side: 'server',
    method: 'POST',
    route: '/v1/chat/completions',
    scheme: 'http',
    statusCode: 200,
    errorType: undefined,
  } as const;
  observe({ ...chat, durationMs: 40 });
  observe({ ...chat, durationMs: 60 });
  observe({ ...chat, side: 'client', durationMs: 60 });
  observe({ ...chat, durationMs: 1, statusCode: 404 });
  observe({ ...chat, durationMs: 1, statusCode: 503, errorType: '503' });
  const [metric, ...others] = await tap.collect();
  expect(others).toEqual([]);
  expect(metric?.points.map(({ labels, count, value }) => [labels, count, value])).toEqual([
    [ok, 2, 0.1],
    [{ ...ok, 'http.response.status_code': 404 }, 1, 0.001],
    [{ ...ok, 'http.response.status_code': 503, 'error.type': '503' }, 1, 0.001],
  ]);
});

it('records what a real server answers, sampled or not, and whatever methods clients make up', async () => {
  const tap = tapMetrics();
  const telemetry = startTelemetry({
    serviceName: 'test',
    env: {
      OTEL_TRACES_EXPORTER: 'none',
      OTEL_LOGS_EXPORTER: 'none',
      OTEL_METRICS_EXPORTER: 'none',
      OTEL_TRACES_SAMPLER: 'always_off',
    },
    metricReaders: [tap],
  });
  const observer = httpMetrics(telemetry.metrics);
  const server = createServer(tracedListener((_request, response) => response.end('yes'), { observer }));
  try {
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/any`;
    for (const method of ['GET', 'GET', 'PURGE']) await (await fetch(url, { method })).text();
    const metric = (await tap.collect()).find(({ name }) => name === 'http.server.request.duration');
    expect(metric?.points.map(({ labels, count }) => [labels['http.request.method'], count])).toEqual([
      ['GET', 2],
      ['_OTHER', 1],
    ]);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await telemetry.shutdown();
  }
});
