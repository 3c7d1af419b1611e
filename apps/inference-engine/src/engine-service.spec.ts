import { fileURLToPath } from 'node:url';
import { inferenceEngine } from '@ryzanstein/contracts';
import type { GenerateRequestInit, GenerateResponse } from '@ryzanstein/contracts/engine';
import { createRpcClient, RpcError, type RpcClient } from '@ryzanstein/rpc';
import { silentLogger, systemClock } from '@ryzanstein/runtime';
import {
  checkConventions,
  expectTree,
  secret,
  startTestTelemetry,
  type SpanRecorder,
} from '@ryzanstein/testing';
import type { Telemetry } from '@ryzanstein/tracing';
import { openLlamaCppBackend, type LlamaCppBackend } from './backends/llama-cpp/llama-cpp-backend.ts';
import { createEngine } from './engine.ts';
import { observeEmbeddings } from './embedding-telemetry.ts';
import { createEngineService } from './engine-service.ts';
import { LinkedDevice } from './linked-device.ts';
import { createServer, serviceName } from './server.ts';
import { observeGenerations } from './telemetry.ts';
import { eventually } from './testing/eventually.ts';

const modelPath = fileURLToPath(new URL('../models/ryzanstein-tiny.gguf', import.meta.url));
const generate = 'ryzanstein.engine.v1.InferenceEngine/Generate';

let backend: LlamaCppBackend;
let telemetry: Telemetry;
let recorder: SpanRecorder;
let device: LinkedDevice;
let server: ReturnType<typeof createServer>;
let client: RpcClient<typeof inferenceEngine>;

beforeAll(async () => {
  ({ telemetry, recorder } = startTestTelemetry({
    serviceName: 'ryzanstein-inference',
    // By default one in ten of the traces that begin here is kept.
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
});

afterAll(async () => {
  await backend.close(new Error('closed'));
  await telemetry.shutdown();
});

beforeEach(async () => {
  device = new LinkedDevice(backend, true);
  const handlers = createEngineService({
    engine: createEngine(backend),
    device,
    observer: observeGenerations(telemetry.tracer, systemClock, backend),
    embeddings: observeEmbeddings(telemetry.tracer, systemClock, backend),
  });
  server = createServer(handlers, { logger: silentLogger, onCall: telemetry.serverCallHook });
  const address = await server.listen('127.0.0.1:0');
  server.setServing(serviceName, true);
  client = createRpcClient(inferenceEngine, address, { interceptors: telemetry.clientInterceptors });
  recorder.clear();
});

afterEach(async () => {
  client.close();
  await server.close();
});

const leased = { leaseId: 'lease-1', leaseEpoch: '7', gpuId: 3 } as const;
function question(content: string, rest: GenerateRequestInit = {}): GenerateRequestInit {
  const messages = [{ role: 'user', content: secret(content) }];
  return { model: 'tiny', chat: { messages }, ...leased, ...rest };
}

const endless = (rest: GenerateRequestInit = {}): GenerateRequestInit =>
  question('Tell me a story.', { stopping: { maxTokens: 480, ignoreEos: true }, ...rest });

async function eventsOf(request: GenerateRequestInit): Promise<GenerateResponse[]> {
  const events: GenerateResponse[] = [];
  for await (const event of client.Generate(request)) events.push(event);
  return events;
}

async function errorOf(work: Promise<unknown>): Promise<RpcError> {
  const reason: unknown = await work.catch((error: unknown) => error);
  if (reason instanceof RpcError) return reason;
  throw new Error(`no RpcError: ${String(reason)}`);
}

/** Starts a generation and waits until some of its text has come. */
async function startReading(request: GenerateRequestInit, options: { timeoutMs?: number } = {}) {
  const stream = client.Generate(request, options);
  const iterator = stream[Symbol.asyncIterator]();
  for (;;) {
    const { value, done } = await iterator.next();
    if (done === true) throw new Error('it ended');
    if (value?.event === 'delta') break;
  }
  const rest = async (): Promise<void> => {
    while (!(await iterator.next()).done);
  };
  return { stream, rest };
}

const idle = (): Promise<void> =>
  eventually(() => expect(backend.load).toMatchObject({ active: 0, queued: 0 }));

describe('Generate', () => {
  it('answers with events that agree with each other, and with a trace of its phases', async () => {
    const events = await eventsOf(
      question('What is 7 plus 5?', {
        sampling: { temperature: 0.5, topP: 0.9, topK: 20, seed: '18446744073709551615' },
        stopping: { maxTokens: 20 },
        clientStreams: true,
        responseId: 'chatcmpl-1',
      }),
    );
    expect(events.map(({ event }) => event)).toEqual([
      'accepted',
      'started',
      ...Array<string>(events.length - 3).fill('delta'),
      'done',
    ]);
    expect(events[0]?.accepted).toMatchObject({
      queuePosition: 0,
      model: 'tiny',
      seed: '18446744073709551615',
    });
    const tokens = events.reduce((sum, { delta }) => sum + (delta?.tokens ?? 0), 0);
    const done = events.at(-1)?.done;
    expect(done).toMatchObject({ finishReason: 'FINISH_REASON_STOP', usage: { completionTokens: tokens } });

    const spans = await recorder.whenIdle(6);
    expect(checkConventions(spans)).toEqual([]);
    expectTree(spans).toEqual({
      name: generate,
      kind: 'CLIENT',
      service: 'ryzanstein-inference',
      children: [
        {
          name: generate,
          kind: 'SERVER',
          children: [
            {
              name: 'chat tiny',
              events: ['first_token'],
              attributes: {
                'ryzanstein.model': 'tiny',
                'ryzanstein.tokens.input': events[0]?.accepted?.promptTokens,
                'ryzanstein.tokens.output': tokens,
                'ryzanstein.gpu.id': 3,
                'ryzanstein.batch.size': 1,
                'gen_ai.operation.name': 'chat',
                'gen_ai.provider.name': 'llama_cpp',
                'gen_ai.request.model': 'tiny',
                'gen_ai.request.max_tokens': 20,
                'gen_ai.request.temperature': 0.5,
                'gen_ai.request.top_p': 0.9,
                'gen_ai.request.top_k': 20,
                'gen_ai.request.stream': true,
                'gen_ai.response.model': 'tiny',
                'gen_ai.response.id': 'chatcmpl-1',
                'gen_ai.response.finish_reasons': ['stop'],
                'gen_ai.usage.output_tokens': tokens,
              },
              children: [
                {
                  name: 'queue',
                  attributes: { 'ryzanstein.queue.reason': 'none', 'ryzanstein.queue.position': 0 },
                },
                {
                  name: 'prefill',
                  attributes: { 'ryzanstein.prefill.chunks': 1, 'ryzanstein.batch.max': 1 },
                },
                {
                  name: 'decode',
                  attributes: {
                    'ryzanstein.batch.max': 1,
                    'ryzanstein.decode.steps': done?.timings?.steps,
                    'ryzanstein.decode.paused_ms': 0,
                  },
                },
              ],
            },
          ],
        },
      ],
    });
    const span = (name: string) => spans.find((one) => one.name === name);
    const [chat, queue, prefill, decode] = ['chat tiny', 'queue', 'prefill', 'decode'].map(span);
    expect(queue?.startEpochMs).toBe(chat?.startEpochMs);
    expect(prefill?.startEpochMs).toBe(queue?.endEpochMs);
    expect(decode?.startEpochMs).toBe(prefill?.endEpochMs);
    expect(decode?.endEpochMs).toBe(chat?.endEpochMs);
    const lengthUs = ((chat?.endEpochMs ?? 0) - (chat?.startEpochMs ?? 0)) * 1e3;
    const { queueUs = '0', prefillUs = '0', decodeUs = '0' } = done?.timings ?? {};
    expect(Math.abs(lengthUs - Number(queueUs) - Number(prefillUs) - Number(decodeUs))).toBeLessThan(5);
  });

  it('names the span of a plain prompt for what it is, and keeps concurrent traces apart', async () => {
    await Promise.all([
      eventsOf({ ...leased, text: 'Once', stopping: { maxTokens: 6, ignoreEos: true } }),
      eventsOf(question('Tell me a story.', { stopping: { maxTokens: 6, ignoreEos: true } })),
    ]);
    const branch = (name: string) => ({
      name: generate,
      kind: 'CLIENT' as const,
      children: [
        {
          name: generate,
          kind: 'SERVER' as const,
          children: [{ name, children: [{ name: 'queue' }, { name: 'prefill' }, { name: 'decode' }] }],
        },
      ],
    });
    expectTree(await recorder.whenIdle(12)).toEqual(branch('text_completion tiny'), branch('chat tiny'));
  });

  it.each<[string, GenerateRequestInit, string, RegExp]>([
    ['no prompt', { ...leased }, 'INVALID_ARGUMENT', /prompt must be given/],
    ['an empty text', { ...leased, text: '' }, 'INVALID_ARGUMENT', /text must not be empty/],
    [
      'a bad role',
      { ...leased, chat: { messages: [{ role: 'robot', content: 'x' }] } },
      'INVALID_ARGUMENT',
      /messages\[0\]\.role is "robot"/,
    ],
    [
      'a bad token id',
      { ...leased, tokens: { ids: [1, 99_999] } },
      'INVALID_ARGUMENT',
      /tokens\.ids\[1\] is 99999/,
    ],
    [
      'a bad temperature',
      question('x', { sampling: { temperature: -1 } }),
      'INVALID_ARGUMENT',
      /sampling\.temperature is -1/,
    ],
    ['a bad priority', question('x', { priority: 10 }), 'INVALID_ARGUMENT', /priority is 10; .* 0 to 9/],
    [
      'too many tokens',
      question('x', { stopping: { maxTokens: 512 } }),
      'INVALID_ARGUMENT',
      /is 512; with the prompt's \d+ tokens the context of 512/,
    ],
    ['another model', question('x', { model: 'big' }), 'NOT_FOUND', /serves model "tiny", not "big"/],
    ['no lease', question('x', { leaseId: '' }), 'FAILED_PRECONDITION', /lease_id is empty/],
  ])('refuses %s in a sentence, without a chat span', async (_, request, code, sentence) => {
    const error = await errorOf(eventsOf(request));
    expect(error).toMatchObject({ code, message: expect.stringMatching(sentence) as string });
    if (code === 'INVALID_ARGUMENT') expect(error.violations).toHaveLength(1);
    expectTree(await recorder.whenIdle(2)).toEqual({
      name: generate,
      kind: 'CLIENT',
      status: 'ERROR',
      children: [{ name: generate, kind: 'SERVER' }],
    });
    expect(device.leases.running).toEqual([]);
  });

  it('refuses beyond its queue, with a hint', async () => {
    const running = await Promise.all([1, 2].map(() => startReading(endless())));
    const waiting = eventsOf(question('What is 1 plus 1?'));
    await eventually(() => expect(backend.load.queued).toBe(1));
    const error = await errorOf(eventsOf(question('x')));
    expect(error).toMatchObject({ code: 'RESOURCE_EXHAUSTED' });
    expect(error.retryAfterMs).toBeGreaterThan(0);
    for (const { stream } of running) stream.cancel();
    expect((await waiting).at(-1)?.event).toBe('done');
    await idle();
  });

  it('frees the slot when the caller cancels, and records no error', async () => {
    const { stream } = await startReading(endless());
    stream.cancel();
    await idle();
    expectTree(await recorder.whenIdle(6)).toEqual({
      name: generate,
      kind: 'CLIENT',
      status: 'ERROR',
      children: [
        {
          name: generate,
          kind: 'SERVER',
          attributes: { 'rpc.response.status_code': 'CANCELLED' },
          children: [
            {
              name: 'chat tiny',
              attributes: { 'gen_ai.response.finish_reasons': ['error'] },
              children: [
                { name: 'queue' },
                { name: 'prefill' },
                { name: 'decode', attributes: { 'ryzanstein.phase.truncated': true } },
              ],
            },
          ],
        },
      ],
    });
    expect(device.leases.running).toEqual([]);
  });

  it('stops at the deadline', async () => {
    const { rest } = await startReading(endless(), { timeoutMs: 150 }).catch((error: unknown) => ({
      rest: () => Promise.reject(error),
    }));
    expect(await errorOf(rest())).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    await idle();
    const chat = (await recorder.whenIdle(4)).find(({ name }) => name === 'chat tiny');
    expect(chat).toMatchObject({ status: 'ERROR', attributes: { 'error.type': 'DEADLINE_EXCEEDED' } });
  });

  it('refuses and cancels by the word of the coordinator', async () => {
    const { rest } = await startReading(endless());
    expect(device.status()).toMatchObject({
      running: [{ leaseId: 'lease-1', epoch: 7n, sequences: 1 }],
      highestEpoch: 7n,
      load: { active: 1, queued: 0, kvTokensLimit: 1024 },
    });
    device.obey({ minEpoch: 7n, revoked: new Set(['lease-1']), gpuId: 5 });
    expect(await errorOf(rest())).toMatchObject({
      code: 'UNAVAILABLE',
      message: 'Lease lease-1 was revoked.',
      trailers: { 'x-lease-revoked': 'lease-1' },
    });
    expect(await errorOf(eventsOf(question('x')))).toMatchObject({
      code: 'FAILED_PRECONDITION',
      message: 'The engine refuses: lease lease-1 was revoked.',
    });
    expect(await errorOf(eventsOf(question('x', { leaseId: 'lease-2', leaseEpoch: '6' })))).toMatchObject({
      code: 'FAILED_PRECONDITION',
      message: expect.stringContaining("epoch 6, below the coordinator's minimum 7") as string,
    });
    await idle();
    const chat = (await recorder.whenIdle(10)).find(({ name }) => name === 'chat tiny');
    expect(chat).toMatchObject({ status: 'ERROR', attributes: { 'error.type': 'UNAVAILABLE' } });
  });

  it('ends what runs under a lease that its holder lost, and tells it from a caller who left', async () => {
    const { rest } = await startReading(endless());
    await client.EndLease({ leaseId: 'lease-2' });
    expect(backend.load.active).toBe(1);
    await client.EndLease({ leaseId: 'lease-1' });
    expect(await errorOf(rest())).toMatchObject({ trailers: { 'x-lease-revoked': 'lease-1' } });
    const failed = (await recorder.whenIdle(10)).filter(({ status }) => status === 'ERROR');
    expect(failed.map(({ name }) => name).sort()).toEqual(['chat tiny', 'decode', generate, generate]);
    // Who may run is the coordinator's to say.
    expect(await eventsOf(question('x', { stopping: { maxTokens: 1 } }))).not.toEqual([]);
  });

  it('lets running requests finish in a drain, and cancels them when its time is over', async () => {
    const { rest } = await startReading(endless());
    const draining = server.drain(50);
    expect(await errorOf(rest())).toMatchObject({ code: 'UNAVAILABLE' });
    expect(await draining).toBe('forced');
    await idle();
  });
});

describe('the other methods', () => {
  it('count tokens, with their ids on request', async () => {
    const chat = { messages: [{ role: 'user', content: 'What is 7 plus 5?' }] };
    const { tokens, ids } = await client.Tokenize({ chat, withIds: true });
    expect(ids).toHaveLength(tokens);
    expect(await client.Tokenize({ chat })).toEqual({ tokens, ids: [] });
    expect(await errorOf(client.Tokenize({ text: '' }))).toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  it('say what runs here and how busy it is', async () => {
    expect(await client.GetModelInfo({})).toMatchObject({
      model: 'tiny',
      backend: 'llama_cpp',
      architecture: 'bitnet',
      quantization: 'TQ2_0',
      contextLength: 512,
      slots: 2,
    });
    expect(await client.GetLoad({})).toEqual({
      active: 0,
      queued: 0,
      slots: 2,
      kvTokensUsed: '0',
      kvTokensLimit: '1024',
      draining: false,
    });
  });
});
