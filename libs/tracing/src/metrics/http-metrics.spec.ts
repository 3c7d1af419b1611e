import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { httpMetrics } from './http-metrics.ts';
import { tapMetrics } from './metric-tap.ts';
import { RecorderProducer } from './recorder-producer.ts';
import { SeriesRecorder } from './recorder.ts';
import { temporalityOf } from './temporality.ts';

it('records each request by method, route and outcome, whatever clients make up', async () => {
  const recorder = new SeriesRecorder();
  const tap = tapMetrics();
  new MeterProvider({ readers: [tap.build([new RecorderProducer(recorder, temporalityOf('cumulative'))])] });
  const observe = httpMetrics(recorder);
  const chat = { method: 'POST', route: '/v1/chat/completions', scheme: 'http', statusCode: 200 } as const;
  observe({ ...chat, durationMs: 40 });
  observe({ ...chat, durationMs: 60 });
  observe({ ...chat, durationMs: 1, statusCode: 404 });
  observe({ ...chat, durationMs: 1, statusCode: 503 });
  observe({ ...chat, durationMs: 1, errorType: 'CANCELLED' });
  for (const method of ['BREW', 'STEEP', 'get'])
    observe({ ...chat, method, route: undefined, statusCode: 405, durationMs: 1 });
  const [metric, ...others] = await tap.collect();
  expect(others).toEqual([]);
  const ok = {
    'http.request.method': 'POST',
    'http.route': '/v1/chat/completions',
    'http.response.status_code': 200,
    'url.scheme': 'http',
  };
  expect(metric?.points.map(({ labels, count, value }) => [labels, count, value])).toEqual([
    [ok, 2, 0.1],
    [{ ...ok, 'http.response.status_code': 404 }, 1, 0.001],
    [{ ...ok, 'http.response.status_code': 503, 'error.type': '503' }, 1, 0.001],
    [{ ...ok, 'error.type': 'CANCELLED' }, 1, 0.001],
    [{ 'http.request.method': '_OTHER', 'http.response.status_code': 405, 'url.scheme': 'http' }, 3, 0.003],
  ]);
});
