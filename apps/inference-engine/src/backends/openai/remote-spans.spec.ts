import { systemClock } from '@ryzanstein/runtime';
import { checkConventions, checkMetrics, secret, startTestTelemetry } from '@ryzanstein/testing';
import { TraceContext } from '@ryzanstein/tracing';
import { model, open, under } from '../../../test/openai-under-test.ts';
import { observeEmbeddings } from '../../embedding-telemetry.ts';
import { measureEmbeddings, measureGenerations, observeLoad } from '../../metrics.ts';
import { observeGenerations } from '../../telemetry.ts';
import { delta, failing, json, stream } from '../../testing/scripted-openai-server.ts';
import { ask } from '../backend-contract.ts';

const { telemetry, recorder, tap } = startTestTelemetry({
  serviceName: 'ryzanstein-inference',
  env: { OTEL_TRACES_SAMPLER: 'always_on' },
});
afterAll(() => telemetry.shutdown());
beforeEach(() => recorder.clear());

const caller = TraceContext.fromHeaders({
  traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
  tracestate: 'other=1',
  'x-request-id': 'r-1',
});
const observed = { requestModel: '', gpuId: 2, clientStreams: true, responseId: '', seed: 7n } as const;

/** Runs a chat to whatever end, observed. */
async function chat(prompt = 'Hi'): Promise<void> {
  const { tracer, metrics } = telemetry;
  const measure = measureGenerations(metrics, under.backend);
  const observer = observeGenerations(tracer, systemClock, under.backend, measure);
  const spans = caller.run(() => observer.observe({ ...observed, operation: 'chat' }));
  const answer = under.engine.submit(ask(prompt, { ...spans }));
  if (answer.kind !== 'running') throw new Error(answer.kind);
  try {
    for await (const event of answer.generation) if (event.type === 'done') return;
  } catch {
    // Its span tells.
  }
}

it('is one CLIENT span that the server continues, with what is known and nothing else', async () => {
  await open(model({ owned_by: 'vllm', max_model_len: 512 }));
  const stop = observeLoad(telemetry.metrics, under.backend);
  await chat(secret('What does the owl do?'));
  under.server.script(stream(delta('a'), delta('', 'stop')));
  await chat();
  const spans = await recorder.whenIdle(4);
  expect(checkConventions(spans)).toEqual([]);
  const [first, second] = spans.filter(({ name }) => name === 'chat m');
  expect(first).toMatchObject({
    kind: 'CLIENT',
    status: 'UNSET',
    traceId: 'a'.repeat(32),
    parentSpanId: 'b'.repeat(16),
    events: [{ name: 'first_token' }],
  });
  expect(first?.attributes).toEqual({
    'request.id': 'r-1',
    'ryzanstein.model': 'm',
    'ryzanstein.gpu.id': 2,
    'ryzanstein.tokens.input': 5,
    'ryzanstein.tokens.output': 2,
    'ryzanstein.tokens.from': 'usage',
    'ryzanstein.remote.attempts': 1,
    'server.address': '127.0.0.1',
    'server.port': under.server.port,
    'http.response.status_code': 200,
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'vllm',
    'gen_ai.request.model': 'm',
    'gen_ai.request.seed': 7,
    'gen_ai.request.stream': true,
    'gen_ai.request.temperature': 0,
    'gen_ai.request.top_p': 1,
    'gen_ai.request.top_k': 0,
    'gen_ai.response.model': 'm',
    'gen_ai.response.finish_reasons': ['stop'],
    'gen_ai.usage.input_tokens': 5,
    'gen_ai.usage.output_tokens': 2,
    'gen_ai.response.time_to_first_chunk': expect.any(Number),
    'gen_ai.latency.time_in_queue': expect.any(Number),
    'gen_ai.latency.time_to_first_token': expect.any(Number),
    'gen_ai.latency.e2e': expect.any(Number),
  });
  expect(under.server.seen[0]?.headers).toMatchObject({
    traceparent: `00-${'a'.repeat(32)}-${first?.spanId}-01`,
    tracestate: expect.stringContaining('other=1'),
    'x-request-id': 'r-1',
  });
  expect(second?.attributes).toMatchObject({
    'ryzanstein.tokens.output': 1,
    'ryzanstein.tokens.from': 'deltas',
  });
  expect(second?.attributes).not.toHaveProperty(['gen_ai.usage.input_tokens']);
  const metrics = await tap.collect();
  expect(checkMetrics(metrics, ['owl'])).toEqual([]);
  expect(metrics.map(({ name }) => name)).not.toContain('ryzanstein.kv_cache.used');
  const batches = metrics.find(({ name }) => name === 'ryzanstein.batch.size')?.points ?? [];
  for (const point of batches) expect(point).toMatchObject({ count: 0 });
  stop();
});

it('is an error where the server refuses, one span however often it was asked', async () => {
  await open();
  under.server.script(failing(503, 'x'), failing(400, 'x'));
  await chat();
  const spans = await recorder.whenIdle(2);
  expect(checkConventions(spans)).toEqual([]);
  expect(spans.filter(({ name }) => name === 'chat m')).toMatchObject([
    {
      status: 'ERROR',
      attributes: {
        'error.type': 'INVALID_ARGUMENT',
        'http.response.status_code': 400,
        'ryzanstein.remote.attempts': 2,
        'gen_ai.response.finish_reasons': ['error'],
      },
    },
  ]);
});

it('is one of embeddings, too', async () => {
  const answer = json(200, { data: [{ embedding: [3, 4] }], usage: { prompt_tokens: 3 } });
  await open({ '/v1/embeddings': answer });
  const { tracer, metrics } = telemetry;
  const measure = measureEmbeddings(metrics, under.backend);
  const observer = observeEmbeddings(tracer, systemClock, under.backend, measure);
  const spans = caller.run(() => observer.observe({ requestModel: 'm', gpuId: 2 }));
  const asked = await under.engine.embed({ texts: ['a'], signal: new AbortController().signal, ...spans });
  if (asked.kind !== 'running') throw new Error(asked.kind);
  await asked.vectors;
  const [span] = await recorder.whenIdle(1);
  expect(checkConventions(recorder.spans)).toEqual([]);
  expect(span).toMatchObject({
    name: 'embeddings m',
    kind: 'CLIENT',
    attributes: { 'server.port': under.server.port, 'gen_ai.usage.input_tokens': 3 },
  });
  expect(under.server.seen[0]?.headers['traceparent']).toBe(`00-${'a'.repeat(32)}-${span?.spanId}-01`);
});
