import { inferenceEngine } from '@ryzanstein/contracts';
import { RpcError } from '@ryzanstein/rpc';
import { checkMetrics, startTracedPair, tapMetrics, type MetricTap } from '../src/index.ts';

async function durations(tap: MetricTap, name: string) {
  const metrics = await tap.collect();
  expect(checkMetrics(metrics)).toEqual([]);
  return metrics.find((metric) => metric.name === name)?.points ?? [];
}

it.each(['always_on', 'always_off'])('measures every call on both sides, with %s', async (sampler) => {
  const tap = tapMetrics();
  const pair = await startTracedPair(
    inferenceEngine,
    {
      GetLoad: async () => ({}),
      GetModelInfo: async () => {
        throw new RpcError('UNAVAILABLE', 'later');
      },
      Tokenize: async () => {
        throw new RpcError('NOT_FOUND', 'no such model');
      },
      Embed: async () => ({}),
      EndLease: async () => ({}),
      async *Generate() {
        yield {};
        yield {};
      },
    },
    { telemetry: { env: { OTEL_TRACES_SAMPLER: sampler }, metricReaders: [tap] } },
  );
  await pair.client.GetLoad({});
  await pair.client.GetLoad({});
  await pair.client.GetModelInfo({}).catch(() => {});
  await pair.client.Tokenize({}).catch(() => {});
  for await (const _ of pair.client.Generate({}));
  const [host = '', port] = pair.address.split(':');
  const of = (method: string, code: string, error?: string) => ({
    'rpc.system.name': 'grpc',
    'rpc.method': `ryzanstein.engine.v1.InferenceEngine/${method}`,
    'rpc.response.status_code': code,
    ...(error === undefined ? {} : { 'error.type': error }),
  });
  const server = { 'server.address': host, 'server.port': Number(port) };
  const giveUpAtMs = performance.now() + 5_000;
  // A server learns of the end of a call a little after its client may.
  for (const name of ['rpc.server.call.duration', 'rpc.client.call.duration']) {
    for (;;) {
      const calls = (await durations(tap, name)).reduce((sum, { count = 0 }) => sum + count, 0);
      if (calls === 5) break;
      expect(performance.now()).toBeLessThan(giveUpAtMs);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }
  const counted = async (name: string) =>
    (await durations(tap, name)).map(({ labels, count }) => [labels, count] as const);
  expect(await counted('rpc.server.call.duration')).toEqual([
    [of('GetLoad', 'OK'), 2],
    [of('GetModelInfo', 'UNAVAILABLE', 'UNAVAILABLE'), 1],
    [of('Tokenize', 'NOT_FOUND'), 1],
    [of('Generate', 'OK'), 1],
  ]);
  expect(await counted('rpc.client.call.duration')).toEqual([
    [{ ...of('GetLoad', 'OK'), ...server }, 2],
    [{ ...of('GetModelInfo', 'UNAVAILABLE', 'UNAVAILABLE'), ...server }, 1],
    [{ ...of('Tokenize', 'NOT_FOUND', 'NOT_FOUND'), ...server }, 1],
    [{ ...of('Generate', 'OK'), ...server }, 1],
  ]);
  // A call's metric is its span's length.
  const spans = pair.recorder.spans.filter(({ name }) => name.endsWith('/Generate'));
  expect(spans).toHaveLength(sampler === 'always_on' ? 2 : 0);
  for (const { kind, startEpochMs, endEpochMs } of spans) {
    const points = await durations(tap, `rpc.${kind.toLowerCase()}.call.duration`);
    const point = points.find(({ labels }) => labels['rpc.method'] === of('Generate', 'OK')['rpc.method']);
    expect(point?.value).toBeCloseTo((endEpochMs - startEpochMs) / 1_000, 4);
  }
  await pair.stop();
});
