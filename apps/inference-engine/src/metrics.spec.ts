import { RpcError } from '@ryzanstein/rpc';
import { systemClock } from '@ryzanstein/runtime';
import { checkMetrics, startTestTelemetry } from '@ryzanstein/testing';
import { TraceContext, type Telemetry } from '@ryzanstein/tracing';
import type { MetricTap, RecordedPoint, SpanRecorder } from '@ryzanstein/tracing/testing';
import type { GenerationRecord } from './domain/generation.ts';
import { measureGenerations, observeLoad } from './metrics.ts';
import { observeGenerations, type ObservedRequest } from './telemetry.ts';

const backend = { provider: 'llama_cpp', model: { name: 'tiny', contextTokens: 512 }, slots: 2 } as const;

let telemetry: Telemetry;
let recorder: SpanRecorder;
let tap: MetricTap;

beforeEach(() => {
  ({ telemetry, recorder, tap } = startTestTelemetry({
    serviceName: 'ryzanstein-inference',
    env: { OTEL_TRACES_SAMPLER: 'always_on' },
  }));
});

afterEach(() => telemetry.shutdown());

const request: ObservedRequest = {
  operation: 'chat',
  requestModel: '',
  seed: 1n,
  gpuId: 0,
  clientStreams: true,
  responseId: 'chat-secret-id',
};

/** A text of 5 tokens: 2 ms queue, 18.4 ms prefill, 40.6 ms decode. */
function generation(over: Partial<GenerationRecord> = {}): GenerationRecord {
  return {
    plan: {
      maxTokens: 8,
      sampling: { temperature: 0, topP: 1, topK: 0, seed: 1 },
      stop: [],
      ignoreEos: false,
      priority: 0,
    },
    outcome: { kind: 'finished', finishReason: 'length' },
    enqueuedAtMs: 0,
    slotAtMs: 2,
    firstTokenAtMs: 20.4,
    endedAtMs: 61,
    queuePosition: 0,
    queueReason: 'none',
    usage: { promptTokens: 3, cachedPromptTokens: 0, completionTokens: 5 },
    timings: { queueUs: 2_000, prefillUs: 18_400, decodeUs: 40_600, steps: 4, meanBatch: 1.75 },
    run: {
      kind: 'steps',
      prefillChunks: 1,
      besideSteps: false,
      maxPrefillBatch: 1,
      maxBatch: 2,
      pausedMs: 0,
      stepsMs: [10, 10, 10, 10.6],
    },
    ...over,
  };
}

function run(record: GenerationRecord, over: Partial<ObservedRequest> = {}): void {
  const measure = measureGenerations(telemetry.metrics, backend);
  TraceContext.fromHeaders({ 'x-request-id': 'request-1' }).run(() =>
    observeGenerations(telemetry.tracer, systemClock, backend, measure)
      .observe({ ...request, ...over })
      .onEnd(record),
  );
}

async function points(name: string): Promise<RecordedPoint[]> {
  const metrics = await tap.collect();
  expect(checkMetrics(metrics, ['secret'])).toEqual([]);
  const found = metrics.find((metric) => metric.name === name)?.points ?? [];
  return found.filter(({ count, value }) => (count ?? value) > 0);
}

const chat = {
  'gen_ai.operation.name': 'chat',
  'gen_ai.provider.name': 'llama_cpp',
  'gen_ai.request.model': 'tiny',
  'gen_ai.response.model': 'tiny',
};
const own = { 'ryzanstein.model': 'tiny' };

it('says of a generation exactly what its span says', async () => {
  run(generation());
  const [span] = (await recorder.whenIdle(4)).filter(({ name }) => name === 'chat tiny');
  const value = (key: string) => span?.attributes[key];
  for (const [name, expected, labels] of [
    ['gen_ai.server.request.duration', value('gen_ai.latency.e2e'), chat],
    ['gen_ai.server.time_to_first_token', value('gen_ai.latency.time_to_first_token'), chat],
    ['gen_ai.server.time_per_output_token', 0.0406 / 4, chat],
    ['ryzanstein.queue.duration', value('gen_ai.latency.time_in_queue'), own],
    ['ryzanstein.batch.size', value('ryzanstein.batch.size'), own],
  ] as const)
    expect([name, await points(name)]).toEqual([
      name,
      [expect.objectContaining({ labels, count: 1, value: expected, min: expected, max: expected })],
    ]);
  expect(value('gen_ai.latency.e2e')).toBeCloseTo(0.061, 9);
  expect(await points('ryzanstein.tokens')).toMatchObject([
    { labels: { ...own, 'ryzanstein.token.type': 'input' }, value: 3 },
    { labels: { ...own, 'ryzanstein.token.type': 'output' }, value: 5 },
  ]);
});

it('measures what is not sampled, too', async () => {
  await telemetry.shutdown();
  ({ telemetry, recorder, tap } = startTestTelemetry({ env: { OTEL_TRACES_SAMPLER: 'always_off' } }));
  run(generation());
  expect(recorder.spans).toEqual([]);
  expect(await points('gen_ai.server.request.duration')).toMatchObject([{ labels: chat, count: 1 }]);
});

it('has no time per token of a single token', async () => {
  const timings = { queueUs: 0, prefillUs: 9_000, decodeUs: 0, steps: 0, meanBatch: 1 };
  run(generation({ timings, usage: { promptTokens: 3, cachedPromptTokens: 0, completionTokens: 1 } }), {
    operation: 'text_completion',
  });
  const labels = { ...chat, 'gen_ai.operation.name': 'text_completion' };
  expect(await points('gen_ai.server.time_to_first_token')).toMatchObject([{ labels, value: 0.009 }]);
  expect(await points('gen_ai.server.time_per_output_token')).toEqual([]);
});

it.each([
  ['fails', new RpcError('UNAVAILABLE', 'Lease secret was revoked.'), { 'error.type': 'UNAVAILABLE' }],
  // A caller that changed its mind is no error of anybody, as in the span.
  ['is cancelled', new RpcError('CANCELLED', 'gone'), {}],
])('counts one that %s, without the times that only a whole one has', async (_, reason, labels) => {
  run(generation({ outcome: { kind: 'cancelled', reason } }));
  expect(await points('gen_ai.server.request.duration')).toMatchObject([{ labels: { ...chat, ...labels } }]);
  expect(await points('gen_ai.server.time_to_first_token')).toEqual([]);
  expect(await points('gen_ai.server.time_per_output_token')).toEqual([]);
  expect((await points('ryzanstein.tokens')).map(({ value }) => value)).toEqual([3, 5]);
});

it('counts one that ended in the queue, which was in no batch', async () => {
  const { slotAtMs, firstTokenAtMs, ...rest } = generation({
    outcome: { kind: 'cancelled', reason: new RpcError('DEADLINE_EXCEEDED', 'late') },
    usage: { promptTokens: 3, cachedPromptTokens: 0, completionTokens: 0 },
    timings: { queueUs: 61_000, prefillUs: 0, decodeUs: 0, steps: 0, meanBatch: 1 },
  });
  expect([slotAtMs, firstTokenAtMs]).toEqual([2, 20.4]);
  run(rest);
  expect(await points('ryzanstein.queue.duration')).toMatchObject([{ value: 0.061 }]);
  expect(await points('ryzanstein.batch.size')).toEqual([]);
});

describe('the load', () => {
  const load = { active: 1, queued: 3, contextTokens: 70, steps: 0, stepSequences: 0, tokens: 0 };
  const memory = { memoryUsedBytes: 5e8, memoryTotalBytes: 8e9 };
  const all = async () =>
    Object.fromEntries(
      (await tap.collect())
        .filter(({ name }) => /^(ryzanstein|hw)\./.test(name))
        .map(({ name, points: [point] }) => [name, [point?.labels, point?.value]]),
    );

  it('is told of a GPU with its memory', async () => {
    const device = { id: 'gpu-0', kind: 'gpu', name: 'GPU' } as const;
    observeLoad(telemetry.metrics, { ...backend, device, load: { ...load, ...memory } } as never);
    expect(await all()).toEqual({
      'ryzanstein.queue.depth': [own, 3],
      'ryzanstein.kv_cache.used': [own, 70],
      'ryzanstein.kv_cache.limit': [own, 1_024],
      'hw.gpu.memory.usage': [{ 'hw.id': 'gpu-0' }, 5e8],
      'hw.gpu.memory.limit': [{ 'hw.id': 'gpu-0' }, 8e9],
    });
  });

  it('is told of processors without hw.gpu, and no longer once stopped', async () => {
    const device = { id: 'cpu-0', kind: 'cpu', name: 'CPU' } as const;
    const stop = observeLoad(telemetry.metrics, {
      ...backend,
      device,
      load: { ...load, ...memory },
    } as never);
    expect(Object.keys(await all())).toEqual([
      'ryzanstein.queue.depth',
      'ryzanstein.kv_cache.used',
      'ryzanstein.kv_cache.limit',
    ]);
    stop();
    expect(await all()).toEqual({});
  });
});
