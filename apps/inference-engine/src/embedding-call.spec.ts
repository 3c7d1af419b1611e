import { fileURLToPath } from 'node:url';
import { inferenceEngine } from '@ryzanstein/contracts';
import type { EmbedRequestInit } from '@ryzanstein/contracts/engine';
import { createRpcClient, RpcError, type CallOptions, type RpcClient } from '@ryzanstein/rpc';
import { silentLogger, systemClock } from '@ryzanstein/runtime';
import {
  checkConventions,
  checkMetrics,
  expectTree,
  secret,
  startTestTelemetry,
  type MetricTap,
  type SpanRecorder,
} from '@ryzanstein/testing';
import type { Telemetry } from '@ryzanstein/tracing';
import type { Backend } from './backends/backend.ts';
import { openLlamaCppBackend, type LlamaCppBackend } from './backends/llama-cpp/llama-cpp-backend.ts';
import { createEngine } from './engine.ts';
import { createEngineService } from './engine-service.ts';
import { observeEmbeddings } from './embedding-telemetry.ts';
import { LinkedDevice } from './linked-device.ts';
import { measureEmbeddings } from './metrics.ts';
import { createServer } from './server.ts';
import { observeGenerations } from './telemetry.ts';

const modelPath = fileURLToPath(new URL('../models/ryzanstein-tiny.gguf', import.meta.url));
const method = 'ryzanstein.engine.v1.InferenceEngine/Embed';

let backend: LlamaCppBackend;
let telemetry: Telemetry;
let recorder: SpanRecorder;
let tap: MetricTap;
let device: LinkedDevice;
let server: ReturnType<typeof createServer>;
/** Called when texts, all checked, are about to be embedded. */
let begun: (() => void) | undefined;
let client: RpcClient<typeof inferenceEngine>;

beforeAll(async () => {
  ({ telemetry, recorder, tap } = startTestTelemetry({
    serviceName: 'ryzanstein-inference',
    env: { OTEL_TRACES_SAMPLER: 'always_on' },
  }));
  backend = await openLlamaCppBackend({
    modelPath,
    modelName: 'tiny',
    slots: 2,
    contextTokens: 512,
    batchTokens: 256,
    chunkTokens: 64,
    maxQueue: 1,
    maxUnreadTokens: 64,
    delaysMs: {},
    threads: 1,
    gpu: false,
    logger: silentLogger,
  });
  device = new LinkedDevice(backend, true);
  const watched: Backend = Object.create(backend, {
    prepareTexts: {
      async value(...given: Parameters<Backend['prepareTexts']>) {
        const prepared = await backend.prepareTexts(...given);
        if (prepared.kind === 'ready') begun?.();
        return prepared;
      },
    },
  });
  const { tracer, metrics } = telemetry;
  const handlers = createEngineService({
    engine: createEngine(watched),
    device,
    observer: observeGenerations(tracer, systemClock, backend),
    embeddings: observeEmbeddings(tracer, systemClock, backend, measureEmbeddings(metrics, backend)),
  });
  server = createServer(handlers, { logger: silentLogger, onCall: telemetry.serverCallHook });
  const address = await server.listen('127.0.0.1:0');
  client = createRpcClient(inferenceEngine, address, { interceptors: telemetry.clientInterceptors });
});

afterAll(async () => {
  client.close();
  await server.close();
  await backend.close(new Error('closed'));
  await telemetry.shutdown();
});

beforeEach(() => recorder.clear());
afterEach(() => expect(device.leases.running).toEqual([]));

const leased = { leaseId: 'lease-1', leaseEpoch: '7', gpuId: 3 } as const;
// Far more than is done before a test ends them.
const many = Array<string>(256).fill(`${secret('owls')} sleep in the oak. `.repeat(24));

async function errorOf(request: EmbedRequestInit, options?: CallOptions): Promise<RpcError> {
  return client.Embed({ ...leased, ...request }, options).then(
    () => Promise.reject(new Error('it was answered')),
    (reason: unknown) => RpcError.from(reason),
  );
}

/** The trace of an Embed, with its span where it came to have one. */
async function expectTrace(spans: number, span: object[], status: { status?: 'ERROR' } = {}) {
  const recorded = await recorder.whenIdle(spans);
  expect(checkConventions(recorded)).toEqual([]);
  expectTree(recorded).toEqual({
    name: method,
    kind: 'CLIENT',
    ...(span.length === 0 ? { status: 'ERROR' } : {}),
    ...status,
    children: [{ name: method, kind: 'SERVER', children: span as never }],
  });
}

it('gives unit vectors and a count, below a span that says so', async () => {
  const texts = [secret('An owl sleeps.'), secret('A fox ran.')];
  const { embeddings, usage } = await client.Embed({ model: 'tiny', input: texts, ...leased });
  expect(embeddings.map(({ values }) => Math.hypot(...values))).toEqual([
    expect.closeTo(1, 6),
    expect.closeTo(1, 6),
  ]);
  expect(new Set(embeddings.map(({ values }) => values.join())).size).toBe(2);
  let counted = 0;
  for (const text of texts) {
    const tokenized = backend.tokenizer.readForEmbedding(text);
    counted += tokenized.kind === 'tokens' ? tokenized.ids.length : 0;
  }
  expect(usage).toMatchObject({ promptTokens: counted, completionTokens: 0 });
  const attributes = {
    'ryzanstein.model': 'tiny',
    'ryzanstein.tokens.input': counted,
    'ryzanstein.gpu.id': 3,
    'gen_ai.operation.name': 'embeddings',
    'gen_ai.provider.name': 'llama_cpp',
    'gen_ai.request.model': 'tiny',
    'gen_ai.response.model': 'tiny',
    'gen_ai.usage.input_tokens': counted,
  };
  await expectTrace(3, [{ name: 'embeddings tiny', attributes }]);

  const metrics = await tap.collect();
  expect(checkMetrics(metrics, ['owl'])).toEqual([]);
  const points = (name: string) => metrics.find((metric) => metric.name === name)?.points;
  expect(points('ryzanstein.tokens')).toMatchObject([{ value: counted }]);
  expect(points('gen_ai.server.request.duration')).toMatchObject([
    { count: 1, labels: { 'gen_ai.operation.name': 'embeddings' } },
  ]);
});

it.each<[string, EmbedRequestInit, string, RegExp]>([
  ['no text', { input: [] }, 'INVALID_ARGUMENT', /^input is empty; give at least one text\.$/],
  ['an empty text', { input: ['x', ''] }, 'INVALID_ARGUMENT', /^input\[1\] is empty; give it a text/],
  [
    'a text over the context',
    { input: ['x', 'y', 'owl '.repeat(600)] },
    'INVALID_ARGUMENT',
    /^input\[2\] has \d+ tokens; give a text of at most 511\.$/,
  ],
  [
    'too many texts',
    { input: Array<string>(257).fill('x') },
    'INVALID_ARGUMENT',
    /257 texts; .* at most 256/,
  ],
  ['another model', { input: ['x'], model: 'big' }, 'NOT_FOUND', /serves model "tiny", not "big"/],
  ['no lease', { input: ['x'], leaseId: '' }, 'FAILED_PRECONDITION', /lease_id is empty/],
])('refuses %s in a sentence, without an embeddings span', async (_, request, code, sentence) => {
  expect(await errorOf(request)).toMatchObject({ code, message: expect.stringMatching(sentence) as string });
  await expectTrace(2, []);
});

it('names no more texts at fault than a status can carry', async () => {
  expect((await errorOf({ input: Array<string>(200).fill('') })).violations).toHaveLength(8);
});

/** Begins to embed far more than can be done before `end`; how it ended, and its `embeddings` span. */
async function endedBy(end: () => void, options?: CallOptions) {
  const started = new Promise<void>((resolve) => (begun = resolve));
  const failed = errorOf({ input: many }, options);
  await started;
  end();
  const error = await failed;
  const spans = await recorder.whenIdle(3);
  expect(checkConventions(spans)).toEqual([]);
  const [span] = spans.filter(({ name }) => name === 'embeddings tiny');
  expect(span?.attributes['gen_ai.usage.input_tokens']).toBeLessThan(100_000);
  return { error, status: span?.status, errorType: span?.attributes['error.type'] };
}

it('stops between two texts for a caller who leaves, as no error', async () => {
  const caller = new AbortController();
  const { error, ...span } = await endedBy(() => caller.abort(), { signal: caller.signal });
  expect(error.code).toBe('CANCELLED');
  expect(span).toEqual({ status: 'UNSET', errorType: undefined });
});

it('stops at the deadline, as an error', async () => {
  const { error, ...span } = await endedBy(() => undefined, { timeoutMs: 1_000 });
  expect(error.code).toBe('DEADLINE_EXCEEDED');
  expect(span).toEqual({ status: 'ERROR', errorType: 'DEADLINE_EXCEEDED' });
});

it('stops when the lease is revoked, and says so', async () => {
  const { error, ...span } = await endedBy(() =>
    device.obey({ minEpoch: 0n, revoked: new Set([leased.leaseId]) }),
  );
  device.obey({ minEpoch: 0n, revoked: new Set() });
  expect(error).toMatchObject({
    code: 'UNAVAILABLE',
    message: 'Lease lease-1 was revoked.',
    trailers: { 'x-lease-revoked': 'lease-1' },
  });
  expect(span).toEqual({ status: 'ERROR', errorType: 'UNAVAILABLE' });
});
