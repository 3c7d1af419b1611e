import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { callMetrics } from './call-metrics.ts';
import { tapMetrics } from './metric-tap.ts';
import { RecorderProducer } from './recorder-producer.ts';
import { SeriesRecorder } from './recorder.ts';
import { temporalityOf } from './temporality.ts';

const recorder = new SeriesRecorder();
const tap = tapMetrics();
new MeterProvider({ readers: [tap.build([new RecorderProducer(recorder, temporalityOf('cumulative'))])] });

it('records each call by side, method, server and outcome', async () => {
  const observe = callMetrics(recorder);
  const here = { address: '127.0.0.1', port: 50_052 };
  const call = (
    side: 'client' | 'server',
    method: string,
    code: number,
    durationMs: number,
    address?: typeof here,
  ) => observe({ side, method, code, durationMs, address });
  call('server', 'pkg.S/M', 0, 4, here);
  call('server', 'pkg.S/M', 0, 6);
  call('server', 'pkg.S/M', 5, 1);
  call('server', 'pkg.S/M', 14, 1);
  call('client', 'pkg.S/M', 0, 20, here);
  call('client', 'pkg.S/M', 0, 30, { ...here });
  call('client', 'pkg.S/M', 5, 90_000, { ...here, port: 1 });
  call('client', 'pkg.S/M', 1, 1);
  call('client', 'opentelemetry.proto.collector.trace.v1.TraceService/Export', 0, 1, here);

  const ok = { 'rpc.system.name': 'grpc', 'rpc.method': 'pkg.S/M', 'rpc.response.status_code': 'OK' };
  const server = { 'server.address': '127.0.0.1', 'server.port': 50_052 };
  const found = (await tap.collect()).map(({ name, points }) => [
    name,
    points.map(({ labels, count, value, counts }) => [
      labels,
      count,
      value,
      counts?.findLastIndex((n) => n > 0),
    ]),
  ]);
  expect(Object.fromEntries(found)).toEqual({
    'rpc.server.call.duration': [
      // What a caller addresses is the caller's to choose, and so no label here.
      [ok, 2, 0.01, 1],
      [{ ...ok, 'rpc.response.status_code': 'NOT_FOUND' }, 1, 0.001, 0],
      [{ ...ok, 'rpc.response.status_code': 'UNAVAILABLE', 'error.type': 'UNAVAILABLE' }, 1, 0.001, 0],
    ],
    'rpc.client.call.duration': [
      [{ ...ok, ...server }, 2, 0.05, 3],
      [
        {
          ...ok,
          ...server,
          'server.port': 1,
          'rpc.response.status_code': 'NOT_FOUND',
          'error.type': 'NOT_FOUND',
        },
        1,
        90,
        16,
      ],
      [{ ...ok, 'rpc.response.status_code': 'CANCELLED', 'error.type': 'CANCELLED' }, 1, 0.001, 0],
    ],
  });
});

it('keeps within its limit whatever methods callers make up', async () => {
  const observe = callMetrics(recorder);
  for (let n = 0; n < 3_000; n += 1)
    observe({ side: 'server', method: `made.Up/${n}`, code: 12, durationMs: 1, address: undefined });
  const calls = (await tap.collect()).find(({ name }) => name === 'rpc.server.call.duration');
  expect(calls?.points).toHaveLength(201);
  expect(calls?.points.reduce((sum, { count = 0 }) => sum + count, 0)).toBe(3_004);
});
