import { gpuCoordinator, inferenceEngine } from '@ryzanstein/contracts';
import { createRpcClient } from '@ryzanstein/rpc';
import { buildTrace, explain, readOtlpTraces, verify } from '@ryzanstein/trace-analysis';
import {
  asking,
  caller,
  failure,
  meshUnderTest,
  type Caller,
  type MeshUnderTest,
} from './mesh-under-test.ts';
import { chatTree } from './chat-tree.ts';
import { acquire, release, tree } from './declared-tree.ts';
import { begin } from './on-its-way.ts';
import { until, type StoredSpan } from './stored-trace.ts';

/** The mesh that is asked; its engine asks the HTTP edge of the one behind, which has the store of both. */
let front: MeshUnderTest;
let behind: MeshUnderTest;

beforeAll(async () => {
  // Decodes begin late, so that streams are surely under way when something happens to them.
  behind = await meshUnderTest({
    env: { RYZ_SLOTS: '2' },
    envOf: { 'inference-engine': { RYZ_INJECT_DELAY: 'decode:1000' } },
  });
  front = await meshUnderTest({
    tracebox: false,
    env: {
      RYZ_SLOTS: '4',
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://${behind.mesh.addresses.tracebox?.otlpGrpc}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
    },
    envOf: {
      'inference-engine': {
        RYZ_BACKEND: 'openai',
        RYZ_OPENAI_URL: `http://${behind.mesh.addresses.api.http}/v1`,
      },
    },
  });
}, 120_000);

afterAll(async () => {
  await front.stop();
  await behind.stop();
}, 60_000);

const generate = 'ryzanstein.engine.v1.InferenceEngine/Generate';
const deeper = (lines: readonly string[], depth: number): string[] =>
  lines.map((line) => `${'  '.repeat(depth)}${line}`);

/** The mesh behind's part of the trace, as it has it of every request over HTTP. */
const behindTree = (): string[] =>
  chatTree('ChatStream')
    .replace('ryzanstein.api.v1.LlmService/ChatStream SERVER', 'POST /v1/chat/completions SERVER')
    .split('\n');

/** The engine's part where it asks another server, whose spans are `below`. */
const remoteGeneration = (mark: '' | ' !', below: readonly string[]): string[] => [
  `  ${generate} CLIENT ryzanstein-api${mark}`,
  `    ${generate} SERVER ryzanstein-inference${mark}`,
  `      chat ryzanstein-tiny CLIENT ryzanstein-inference${mark}`,
  '        queue INTERNAL ryzanstein-inference',
  ...deeper(below, 4),
];

const question = asking('Tell me a short story about a bear.', { maxTokens: 30, temperature: 0 });

const call = (spans: readonly StoredSpan[]): StoredSpan => {
  const [span] = spans.filter(({ name, kind }) => name === 'chat ryzanstein-tiny' && kind === 'CLIENT');
  if (span === undefined) throw new Error('the engine asked nobody');
  return span;
};

/** The trace as the tools read it. */
async function analysed({ traceId }: Caller) {
  const answer = await fetch(`http://${behind.mesh.addresses.tracebox?.ui}/api/v3/traces/${traceId}`);
  const trace = buildTrace(readOtlpTraces(await answer.json()));
  if (trace === undefined) throw new Error('there is no trace');
  return trace;
}

// A busy machine may put a process aside between the last byte it sends and the end of its span.
const clockSetMs = 50;

/** Waits for the last of its spans. */
async function verifies(from: Caller): Promise<void> {
  await until(
    async () => verify(await analysed(from), { clockSetMs }),
    (violations) => violations.length === 0,
    4_000,
  );
}

/** Sequences that the engine behind runs. */
async function runsBehind(count: number, withinMs: number): Promise<void> {
  const engine = createRpcClient(inferenceEngine, behind.mesh.addresses.inference.grpc);
  try {
    await until(
      async () => (await engine.GetLoad({}, { timeoutMs: 2_000 })).active,
      (active) => active === count,
      withinMs,
    );
  } finally {
    engine.close();
  }
}

/** Whether the front's only device is offered. */
async function isLive(live: boolean): Promise<void> {
  const coordinator = createRpcClient(gpuCoordinator, front.mesh.addresses.gpu.grpc);
  try {
    await until(
      async () => (await coordinator.ListDevices({}, { timeoutMs: 2_000 })).devices.map((one) => one.live),
      (all) => all.length === 1 && all[0] === live,
      15_000,
    );
  } finally {
    coordinator.close();
  }
}

describe('an engine whose model another mesh runs', () => {
  it('answers with its text, in one trace over both, which verifies and is explained', async () => {
    const from = caller();
    const metadata = { traceparent: from.traceparent, tracestate: 'other=1', 'x-request-id': 'over-two' };
    const { text, last } = await front.chat(question, { metadata });
    const own = await behind.chat(question);
    expect(text).toBe(own.text);
    // What was asked once is still held there.
    expect({ ...last.usage, cachedPromptTokens: 0 }).toEqual({ ...own.last.usage, cachedPromptTokens: 0 });
    const spans = await behind.trace(
      from,
      tree('', acquire('', ''), remoteGeneration('', behindTree()), release()),
    );
    expect(new Set(spans.map(({ attributes }) => attributes['request.id']))).toEqual(new Set(['over-two']));
    const { attributes, startNs, endNs } = call(spans);
    expect(attributes).toMatchObject({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'ryzanstein',
      'server.address': '127.0.0.1',
      'server.port': Number(behind.mesh.addresses.api.http.split(':')[1]),
      'http.response.status_code': 200,
      'ryzanstein.remote.attempts': 1,
      'ryzanstein.tokens.from': 'usage',
      'ryzanstein.tokens.output': last.usage?.completionTokens,
      'gen_ai.usage.input_tokens': last.usage?.promptTokens,
      'gen_ai.request.max_tokens': 30,
      'gen_ai.response.finish_reasons': ['length'],
    });
    // What nobody here measured is not told.
    for (const key of [
      'ryzanstein.latency.prefill_ms',
      'ryzanstein.batch.size',
      'gen_ai.latency.time_in_model_decode',
    ])
      expect(attributes).not.toHaveProperty([key]);
    expect(Number(attributes['gen_ai.latency.e2e'])).toBeCloseTo(Number(endNs - startNs) / 1e9, 2);

    const trace = await analysed(from);
    expect(verify(trace, { clockSetMs })).toEqual([]);
    const { parts, missing } = explain(trace);
    expect(missing).toEqual([]);
    expect(parts.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['decode', 'prefill', 'network inference-engine–api-server']),
    );
    expect(parts.map(({ name }) => name)).not.toContain('generation');
  });

  it('embeds by it, too', async () => {
    const from = caller();
    const asked = { model: 'ryzanstein-tiny', input: ['An owl.', 'A fox.'] };
    const { embeddings, usage } = await front.client.Embed(asked, {
      metadata: { traceparent: from.traceparent },
    });
    const own = await behind.client.Embed(asked);
    expect(usage).toEqual(own.usage);
    expect(embeddings.map(({ values }) => values.map((value) => value.toFixed(4)))).toEqual(
      own.embeddings.map(({ values }) => values.map((value) => value.toFixed(4))),
    );
    await behind.trace(
      from,
      /embeddings ryzanstein-tiny CLIENT[^!]*POST \/v1\/embeddings SERVER[^!]*embeddings ryzanstein-tiny INTERNAL[^!]*$/,
    );
  });

  it('does not count tokens, and says so', async () => {
    const error = await failure(front.client.CountTokens({ model: 'ryzanstein-tiny', prompt: 'Hi' }));
    expect(error).toMatchObject({
      code: 'UNIMPLEMENTED',
      message: expect.stringMatching(/no way to count tokens/),
    });
  });

  it('passes on what it refuses, as an error of that call alone', async () => {
    const request = begin(front.client, asking('word '.repeat(3_000)));
    expect(await request.ended).toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringMatching(/context/),
    });
    const spans = await behind.trace(
      request.from,
      /chat ryzanstein-tiny CLIENT ryzanstein-inference !\n +queue[^!]*\n +POST/,
    );
    expect(call(spans).attributes).toMatchObject({
      'error.type': 'INVALID_ARGUMENT',
      'http.response.status_code': 400,
    });
    await verifies(request.from);
  });

  it.each(['cancelled', 'late'] as const)('frees its slot there at once when a caller is %s', async (how) => {
    const request = begin(
      front.client,
      asking('Tell me a story.', { maxTokens: 200 }),
      how === 'late' ? { timeoutMs: 700 } : {},
    );
    await request.first;
    await runsBehind(1, 2_000);
    if (how === 'cancelled') request.leave();
    expect((await request.ended).code).toBe(how === 'late' ? 'DEADLINE_EXCEEDED' : 'CANCELLED');
    await runsBehind(0, 1_000);
    const spans = await behind.trace(
      request.from,
      /chat ryzanstein-tiny CLIENT[^]*POST \/v1[^]*\n +decode INTERNAL/,
    );
    expect(call(spans)).toMatchObject({
      error: how === 'late',
      attributes: { 'gen_ai.response.finish_reasons': ['error'], 'ryzanstein.tokens.from': 'deltas' },
    });
    expect(
      spans
        .filter(({ name }) => name === 'decode')
        .map(({ attributes }) => attributes['ryzanstein.phase.truncated']),
    ).toEqual([true]);
  });

  it('ends a text that the other mesh breaks off, and gets no leases until that is back', async () => {
    const request = begin(front.client, asking('Tell me a story.', { maxTokens: 200 }));
    await request.first;
    await behind.mesh.kill('api-server');
    const ended = await request.ended;
    expect(ended).toMatchObject({ code: 'UNAVAILABLE' });
    expect(ended.message).toMatch(/^[A-Z].*\.$/);
    expect(ended.text).not.toBe('');
    await isLive(false);
    expect(await begin(front.client, question).ended).toMatchObject({ code: 'UNAVAILABLE', text: '' });
    await behind.mesh.restart('api-server');
    await isLive(true);
    expect((await front.chat(question)).text).toBe((await behind.chat(question)).text);
    const spans = await behind.trace(request.from, /chat ryzanstein-tiny CLIENT ryzanstein-inference !/);
    expect(call(spans).attributes).toMatchObject({
      'error.type': 'UNAVAILABLE',
      'ryzanstein.remote.attempts': 1,
    });
  }, 60_000);

  it('tries again before the first token, and gives up in time', async () => {
    await behind.mesh.kill('api-server');
    const request = begin(front.client, question);
    expect(await request.ended).toMatchObject({ code: 'UNAVAILABLE', text: '' });
    const spans = await behind.trace(
      request.from,
      tree('!', acquire('', ''), remoteGeneration(' !', []), release()),
    );
    expect(call(spans).attributes).toMatchObject({
      'error.type': 'UNAVAILABLE',
      'ryzanstein.remote.attempts': 4,
    });
    await behind.mesh.restart('api-server');
    await isLive(true);
  }, 60_000);
});
