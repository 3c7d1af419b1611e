import { fileURLToPath } from 'node:url';
import { inferenceEngine } from '@ryzanstein/contracts';
import { createRpcClient, RpcError, type RpcClient } from '@ryzanstein/rpc';
import { silentLogger, systemClock } from '@ryzanstein/runtime';
import { secret, startTestTelemetry, type SpanRecorder } from '@ryzanstein/testing';
import type { Telemetry } from '@ryzanstein/tracing';
import type { Backend } from './backends/backend.ts';
import { openLlamaCppBackend, type LlamaCppBackend } from './backends/llama-cpp/llama-cpp-backend.ts';
import type { Generation } from './domain/generation.ts';
import { createEngine } from './engine.ts';
import { observeEmbeddings } from './embedding-telemetry.ts';
import { createEngineService } from './engine-service.ts';
import { LinkedDevice } from './linked-device.ts';
import { createServer } from './server.ts';
import { observeGenerations } from './telemetry.ts';
import { eventually } from './testing/eventually.ts';

let backend: LlamaCppBackend;
let telemetry: Telemetry;
let recorder: SpanRecorder;
let device: LinkedDevice;
let server: ReturnType<typeof createServer>;
let client: RpcClient<typeof inferenceEngine>;
let address: string;

beforeAll(async () => {
  ({ telemetry, recorder } = startTestTelemetry({
    serviceName: 'ryzanstein-inference',
    env: { OTEL_TRACES_SAMPLER: 'always_on' },
  }));
  backend = await openLlamaCppBackend({
    modelPath: fileURLToPath(new URL('../models/ryzanstein-tiny.gguf', import.meta.url)),
    modelName: 'tiny',
    slots: 1,
    contextTokens: 1_024,
    batchTokens: 256,
    chunkTokens: 64,
    maxQueue: 1,
    maxUnreadTokens: 16,
    delaysMs: {},
    threads: 1,
    gpu: false,
    logger: silentLogger,
  });
  device = new LinkedDevice(backend, true);
  const handlers = createEngineService({
    engine: createEngine(longWorded(backend)),
    device,
    observer: observeGenerations(telemetry.tracer, systemClock, backend),
    embeddings: observeEmbeddings(telemetry.tracer, systemClock, backend),
  });
  server = createServer(handlers, { logger: silentLogger, onCall: telemetry.serverCallHook });
  address = await server.listen('127.0.0.1:0');
  client = createRpcClient(inferenceEngine, address, {
    interceptors: telemetry.clientInterceptors,
    // Little of an answer fits on the way to this reader.
    channelOptions: { 'grpc-node.flow_control_window': 1_024 },
  });
});

afterAll(async () => {
  client.close();
  await server.close();
  await backend.close(new Error('closed'));
  await telemetry.shutdown();
});

/** The same backend, whose every piece of text is as long as a page. */
function longWorded(inner: Backend): Backend {
  const prepare: Backend['prepare'] = (prompt, wantedTokens) => {
    const ready = inner.prepare(prompt, wantedTokens);
    if (ready.kind !== 'ready') return ready;
    return {
      ...ready,
      submit(terms) {
        const submission = ready.submit(terms);
        return submission.kind === 'queued'
          ? { ...submission, generation: inPages(submission.generation) }
          : submission;
      },
    };
  };
  return Object.create(inner, { prepare: { value: prepare } }) as Backend;
}

function inPages(generation: Generation): Generation {
  return {
    cancel: (reason) => generation.cancel(reason),
    async *[Symbol.asyncIterator]() {
      for await (const event of generation)
        yield event.type === 'delta' ? { ...event, text: event.text.padEnd(4_096) } : event;
    },
  };
}

/** A stream whose reader stops after its first text, once the engine has paused for it. */
async function stoppedStream(timeoutMs?: number) {
  const messages = [{ role: 'user', content: secret('Tell me a story.') }];
  const stream = client.Generate(
    {
      model: 'tiny',
      chat: { messages },
      leaseId: 'lease-1',
      leaseEpoch: '7',
      stopping: { maxTokens: 900, ignoreEos: true },
    },
    timeoutMs === undefined ? {} : { timeoutMs },
  );
  while ((await stream.next()).value?.event !== 'delta');
  let tokens = -1;
  await eventually(() => {
    const before = tokens;
    tokens = backend.load.contextTokens;
    expect(tokens).toBe(before);
  });
  expect(backend.load.active).toBe(1);
  return stream;
}

async function endOf(stream: Awaited<ReturnType<typeof stoppedStream>>): Promise<RpcError | undefined> {
  try {
    while (!(await stream.next()).done);
    return undefined;
  } catch (reason) {
    return RpcError.from(reason);
  }
}

async function errors(): Promise<Record<string, unknown>> {
  const spans = (await recorder.whenIdle(6)).filter(({ kind }) => kind !== 'CLIENT');
  return Object.fromEntries(
    spans.map(({ name, status, attributes }) => [
      name.replace(/.*\//, ''),
      status === 'ERROR' ? attributes['error.type'] : status,
    ]),
  );
}

const cutShort = (type: string) => ({
  Generate: type,
  'chat tiny': type,
  queue: 'UNSET',
  prefill: 'UNSET',
  decode: type,
});

describe('a stream whose reader has stopped', () => {
  beforeEach(() => {
    recorder.clear();
    device.obey({ minEpoch: 0n, revoked: new Set() });
  });

  it('ends with its lease, in its spans too, and tells so the reader that goes on', async () => {
    const stream = await stoppedStream();
    device.obey({ minEpoch: 0n, revoked: new Set(['lease-1']) });
    await eventually(() => expect(backend.load).toMatchObject({ active: 0, contextTokens: 0 }));
    expect(await endOf(stream)).toMatchObject({ trailers: { 'x-lease-revoked': 'lease-1' } });
    expect(await errors()).toEqual(cutShort('UNAVAILABLE'));
  });

  it('ends with its lease, whatever its reader does then', async () => {
    const stream = await stoppedStream();
    device.obey({ minEpoch: 0n, revoked: new Set(['lease-1']) });
    stream.cancel();
    expect(await errors()).toEqual(cutShort('UNAVAILABLE'));
  });

  it('ends by the word of whoever came with its lease, and of nobody else', async () => {
    const stream = await stoppedStream();
    const stranger = createRpcClient(inferenceEngine, address, {
      channelOptions: { 'grpc.use_local_subchannel_pool': 1 },
    });
    try {
      await stranger.EndLease({ leaseId: 'lease-1' });
    } finally {
      stranger.close();
    }
    expect(backend.load.active).toBe(1);
    await client.EndLease({ leaseId: 'lease-1' });
    expect(await endOf(stream)).toMatchObject({ trailers: { 'x-lease-revoked': 'lease-1' } });
    expect(await errors()).toMatchObject(cutShort('UNAVAILABLE'));
  });

  it('ends at its deadline', async () => {
    const stream = await stoppedStream(1_500);
    // Before its reader goes on, who would have the whole of it in less time.
    await eventually(() => expect(backend.load).toMatchObject({ active: 0, contextTokens: 0 }));
    expect(await endOf(stream)).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    expect(await errors()).toEqual(cutShort('DEADLINE_EXCEEDED'));
  });

  it('ends without an error where its reader leaves', async () => {
    const stream = await stoppedStream();
    stream.cancel();
    expect(await errors()).toEqual(cutShort('UNSET'));
  });
});
