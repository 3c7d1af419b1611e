import { AggregationTemporality, MeterProvider, type MetricProducer } from '@opentelemetry/sdk-metrics';
import { tapMetrics, type MetricTap, type RecordedMetric } from './metric-tap.ts';
import { idleRecorder, SeriesRecorder, type MetricRecorder } from './recorder.ts';
import { RecorderProducer } from './recorder-producer.ts';
import { temporalityOf } from './temporality.ts';

const m = { 'ryzanstein.model': 'm' };

/** A tap of a recorder alone, without the process's own metrics. */
function tapOf(recorder: SeriesRecorder, tap: MetricTap = tapMetrics()): MetricTap {
  const producers: MetricProducer[] = [new RecorderProducer(recorder, temporalityOf(tap.temporality))];
  new MeterProvider({ readers: [tap.build(producers)] });
  return tap;
}

async function only(tap: MetricTap): Promise<RecordedMetric> {
  const metrics = await tap.collect();
  expect(metrics).toHaveLength(1);
  return metrics[0] as RecordedMetric;
}

describe('a histogram', () => {
  it('has count, sum, extremes and buckets of what was recorded, and the definition of the registry', async () => {
    const recorder = new SeriesRecorder();
    const tap = tapOf(recorder);
    const ttft = recorder.histogram('ryzanstein.ttft', m);
    for (const seconds of [0, 0.001, 0.0011, 0.5, 10, 200]) ttft.record(seconds);
    for (const no of [-1, NaN, Infinity, -Infinity]) ttft.record(no);
    const bounds = [
      0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 30, 60, 120,
    ];
    expect(await only(tap)).toEqual({
      name: 'ryzanstein.ttft',
      unit: 's',
      description: 'Request in to first token out, at the edge.',
      scope: '@ryzanstein/tracing',
      kind: 'histogram',
      monotonic: false,
      temporality: 'cumulative',
      bounds,
      points: [
        {
          labels: m,
          startEpochMs: expect.any(Number),
          endEpochMs: expect.any(Number),
          value: 210.5021,
          count: 6,
          counts: [2, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1],
          min: 0,
          max: 200,
        },
      ],
    });
  });

  it('counts as the SDK counts', async () => {
    const recorder = new SeriesRecorder();
    const own = recorder.histogram('rpc.server.call.duration', { 'rpc.method': 'S/M' });
    const ownTap = tapOf(recorder);
    const stockTap = tapMetrics();
    const { bounds = [] } = await (own.record(0), only(ownTap));
    const meter = new MeterProvider({ readers: [stockTap.build([])] }).getMeter('stock');
    const stock = meter.createHistogram('stock', { advice: { explicitBucketBoundaries: [...bounds] } });
    stock.record(0);
    for (const bound of bounds) {
      for (const value of [
        bound,
        bound * (1 - Number.EPSILON),
        bound * (1 + 2 * Number.EPSILON),
        bound * 1.3,
      ]) {
        own.record(value);
        stock.record(value);
      }
    }
    const [mine, theirs] = [await only(ownTap), await only(stockTap)].map(({ points }) => points[0]);
    for (const key of ['counts', 'count', 'value', 'min', 'max'] as const)
      expect(mine?.[key]).toEqual(theirs?.[key]);
  });

  it('is one for the same labels, whatever their order, and stands at zero from its binding on', async () => {
    const recorder = new SeriesRecorder();
    const tap = tapOf(recorder);
    const one = recorder.histogram('rpc.server.call.duration', {
      'rpc.method': 'S/M',
      'rpc.response.status_code': 'OK',
      'error.type': undefined,
    });
    const before = await only(tap);
    expect(before.points).toMatchObject([{ count: 0, value: 0, min: undefined, max: undefined }]);
    expect(
      recorder.histogram('rpc.server.call.duration', {
        'rpc.response.status_code': 'OK',
        'rpc.method': 'S/M',
      }),
    ).toBe(one);
    one.record(1);
    const after = await only(tap);
    expect(after.points.map(({ labels, count }) => [labels, count])).toEqual([
      [{ 'rpc.method': 'S/M', 'rpc.response.status_code': 'OK' }, 1],
    ]);
    expect(after.points[0]?.startEpochMs).toBe(before.points[0]?.startEpochMs);
    expect(after.points[0]?.endEpochMs).toBeGreaterThanOrEqual(before.points[0]?.endEpochMs ?? NaN);
  });
});

describe('sums', () => {
  it('of a counter only grow, those of the others fall, too', async () => {
    const recorder = new SeriesRecorder();
    const tap = tapOf(recorder);
    const tokens = recorder.counter('ryzanstein.tokens', { ...m, 'ryzanstein.token.type': 'output' });
    for (const n of [3, -1, NaN, Infinity, 4]) tokens.add(n);
    const bytes = recorder.upDownCounter('hw.gpu.memory.usage', { 'hw.id': 'gpu-0' });
    for (const n of [10, -4, NaN, -Infinity]) bytes.add(n);
    expect(
      (await tap.collect()).map(({ name, kind, monotonic, points }) => [name, kind, monotonic, points]),
    ).toEqual([
      [
        'ryzanstein.tokens',
        'sum',
        true,
        [expect.objectContaining({ labels: { ...m, 'ryzanstein.token.type': 'output' }, value: 7 })],
      ],
      [
        'hw.gpu.memory.usage',
        'sum',
        false,
        [expect.objectContaining({ labels: { 'hw.id': 'gpu-0' }, value: 6 })],
      ],
    ]);
  });
});

describe('observed values', () => {
  it('are read at each collection until stopped', async () => {
    const recorder = new SeriesRecorder();
    const tap = tapOf(recorder);
    let depth = 2;
    const stop = recorder.observe('ryzanstein.queue.depth', (report) => report(depth, m));
    expect(await only(tap)).toMatchObject({ kind: 'gauge', points: [{ labels: m, value: 2 }] });
    depth = 0;
    expect((await only(tap)).points).toMatchObject([{ value: 0 }]);
    stop();
    expect(await tap.collect()).toEqual([]);
  });

  it('of one that throws are missing, the others not', async () => {
    const recorder = new SeriesRecorder();
    const producer = new RecorderProducer(recorder, () => AggregationTemporality.CUMULATIVE);
    const broken = new Error('no load');
    recorder.observe('ryzanstein.queue.depth', () => {
      throw broken;
    });
    recorder.observe('ryzanstein.kv_cache.used', (report) => {
      report(NaN, m);
      report(5, { 'ryzanstein.model': 'n' });
    });
    const { errors, resourceMetrics } = await producer.collect();
    expect(errors).toEqual([broken]);
    const { metrics = [] } = resourceMetrics.scopeMetrics[0] ?? {};
    expect(metrics.map(({ descriptor, dataPoints }) => [descriptor.name, dataPoints.length])).toEqual([
      ['ryzanstein.kv_cache.used', 1],
    ]);
  });
});

describe('since the last collection', () => {
  it('tells what came since, from when the last ended', async () => {
    const recorder = new SeriesRecorder();
    const tap = tapOf(recorder, tapMetrics('delta'));
    const total = tapOf(recorder);
    let seconds = 5;
    recorder.observe('process.cpu.time', (report) => report(seconds, { 'cpu.mode': 'user' }));
    recorder.observe('process.memory.usage', (report) => report(100, {}));
    const queue = recorder.histogram('ryzanstein.queue.duration', m);
    const tokens = recorder.counter('ryzanstein.tokens', m);
    queue.record(0.002);
    tokens.add(7);

    const values = (metrics: readonly RecordedMetric[]) =>
      Object.fromEntries(
        metrics.map(({ name, temporality, points }) => [
          name,
          [temporality, points.map((one) => one.count ?? one.value)],
        ]),
      );
    const first = await tap.collect();
    expect(values(first)).toEqual({
      'process.cpu.time': ['delta', [5]],
      'process.memory.usage': ['cumulative', [100]],
      'ryzanstein.queue.duration': ['delta', [1]],
      'ryzanstein.tokens': ['delta', [7]],
    });
    // Nothing happened but the level, which is told as it is.
    expect(values(await tap.collect())).toEqual({ 'process.memory.usage': ['cumulative', [100]] });
    seconds = 6.5;
    queue.record(0.004);
    queue.record(3);
    tokens.add(1);
    const third = await tap.collect();
    expect(values(third)).toEqual({
      'process.cpu.time': ['delta', [1.5]],
      'process.memory.usage': ['cumulative', [100]],
      'ryzanstein.queue.duration': ['delta', [2]],
      'ryzanstein.tokens': ['delta', [1]],
    });
    const [before, now] = [first, third].map(
      (metrics) => metrics.find(({ name }) => name === 'ryzanstein.queue.duration')?.points[0],
    );
    expect(now?.startEpochMs).toBe(before?.endEpochMs);
    expect(now?.value).toBeCloseTo(3.004, 9);
    // Another reader's totals are not touched.
    expect(values(await total.collect())).toEqual({
      'process.cpu.time': ['cumulative', [6.5]],
      'process.memory.usage': ['cumulative', [100]],
      'ryzanstein.queue.duration': ['cumulative', [3]],
      'ryzanstein.tokens': ['cumulative', [8]],
    });
  });
});

describe('label sets beyond the limit', () => {
  it('go into one that says so, with nothing lost', async () => {
    const recorder = new SeriesRecorder(3);
    const tap = tapOf(recorder);
    const count = (method: string) =>
      recorder.histogram('rpc.server.call.duration', { 'rpc.method': method });
    for (let n = 0; n < 10; n += 1) count(`S/${n % 5}`).record(1);
    recorder.observe('ryzanstein.lease.active', (report) => {
      for (let id = 0; id < 6; id += 1) report(1, { 'ryzanstein.gpu.id': id });
    });
    const [calls, leases] = await tap.collect();
    expect(calls?.points.map(({ labels, count }) => [labels, count])).toEqual([
      [{ 'rpc.method': 'S/0' }, 2],
      [{ 'rpc.method': 'S/1' }, 2],
      [{ 'rpc.method': 'S/2' }, 2],
      [{ 'otel.metric.overflow': true }, 4],
    ]);
    expect(leases?.points).toHaveLength(4);
    expect(leases?.points.at(-1)).toMatchObject({ labels: { 'otel.metric.overflow': true } });
  });

  it('are 200 by default', async () => {
    const recorder = new SeriesRecorder();
    for (let n = 0; n < 1_000; n += 1)
      recorder.counter('ryzanstein.tokens', { 'ryzanstein.model': `m${n}` }).add(1);
    const { points } = await only(tapOf(recorder));
    expect(points).toHaveLength(201);
    expect(points.at(-1)).toMatchObject({ labels: { 'otel.metric.overflow': true }, value: 800 });
  });
});

it('takes no name and no label that the registry does not have', async () => {
  const recorder = new SeriesRecorder();
  const untyped: MetricRecorder = recorder;
  // @ts-expect-error: not a metric
  expect(() => untyped.histogram('my.duration', {})).toThrow('"my.duration" is not a metric of the registry');
  // @ts-expect-error: a counter, not a histogram
  untyped.histogram('ryzanstein.tokens', {});
  // @ts-expect-error: a label of one request
  untyped.histogram('ryzanstein.ttft', { 'request.id': 'r-1' }).record(1);
  // @ts-expect-error: a label that the metric does not have
  untyped.histogram('ryzanstein.ttft', { 'rpc.method': 'S/M' }).record(1);
  // @ts-expect-error: no label at all
  untyped.observe('process.uptime', (report) => report(1, { 'cpu.mode': 'user' }));
  // @ts-expect-error: a number
  untyped.histogram('http.server.request.duration', { 'http.response.status_code': '200' });
  const ttft = (await tapOf(recorder).collect()).find(({ name }) => name === 'ryzanstein.ttft');
  expect(ttft?.points).toMatchObject([{ labels: {}, count: 2 }]);
});

it('recording for nobody does nothing', () => {
  idleRecorder.histogram('ryzanstein.ttft', m).record(1);
  idleRecorder.counter('ryzanstein.tokens', m).add(1);
  idleRecorder.upDownCounter('hw.gpu.memory.usage', {}).add(1);
  let asked = false;
  idleRecorder.observe('ryzanstein.queue.depth', () => {
    asked = true;
  })();
  expect(asked).toBe(false);
  expect(idleRecorder.histogram('ryzanstein.ttft', m)).toBe(idleRecorder.counter('ryzanstein.tokens', {}));
});
