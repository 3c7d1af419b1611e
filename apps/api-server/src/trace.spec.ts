import { RpcError } from '@ryzanstein/rpc';
import { createLogger } from '@ryzanstein/runtime';
import { checkConventions, expectTree, startTestTelemetry, type SpanTree } from '@ryzanstein/testing';
import type { Telemetry } from '@ryzanstein/tracing';
import type { RecordedSpan, SpanRecorder } from '@ryzanstein/tracing/testing';
import { aborted, eventually } from '../test/eventually.ts';
import { chat, question, startMesh } from '../test/mesh.ts';
import { delta, threeWords } from '../test/scripted-engine.ts';

const llm = 'ryzanstein.api.v1.LlmService';
const gpu = 'ryzanstein.gpu.v1.GpuCoordinator';
const inference = 'ryzanstein.engine.v1.InferenceEngine';

let telemetry: Telemetry;
let recorder: SpanRecorder;

beforeAll(() => {
  ({ telemetry, recorder } = startTestTelemetry({ serviceName: 'ryzanstein-api' }));
});

afterAll(() => telemetry.shutdown());

function call(name: string, status: 'UNSET' | 'ERROR' = 'UNSET', serverStatus = status): SpanTree {
  return {
    name,
    kind: 'CLIENT',
    status,
    attributes: { 'request.id': 'owl-1' },
    children: [{ name, kind: 'SERVER', status: serverStatus, attributes: { 'request.id': 'owl-1' } }],
  };
}

/** The declared trace of one call of the public API, from its caller down. */
function root(method: string, status: 'UNSET' | 'ERROR', attributes: object, children: SpanTree[]): SpanTree {
  const name = `${llm}/${method}`;
  const server: SpanTree = { name, kind: 'SERVER', status, attributes: { ...attributes }, children };
  return { name, kind: 'CLIENT', service: 'ryzanstein-api', status, children: [server] };
}

async function recorded(spans: number): Promise<readonly RecordedSpan[]> {
  const all = await recorder.whenIdle(spans);
  expect(checkConventions(all)).toEqual([]);
  expect(new Set(all.map(({ traceId }) => traceId)).size).toBe(1);
  return all;
}

const asOwl = { metadata: { 'x-request-id': 'owl-1' } };

describe('the trace of a chat', () => {
  it('has Acquire, Generate and Release below its root, and nothing else', async () => {
    const mesh = await startMesh({ telemetry });
    recorder.clear();
    const { chunks } = await chat(mesh, question, asOwl);
    const { ttftMs, totalMs } = chunks.at(-1)?.timings ?? {};
    const decorated = {
      'request.id': 'owl-1',
      'ryzanstein.model': 'tiny',
      'ryzanstein.latency.ttft_ms': ttftMs,
      'ryzanstein.latency.total_ms': totalMs,
    };
    expectTree(await recorded(8)).toEqual(
      root('ChatStream', 'UNSET', decorated, [
        call(`${gpu}/Acquire`),
        call(`${inference}/Generate`),
        call(`${gpu}/Release`),
      ]),
    );
    expect(chunks[0]?.id).toBe('chat-owl-1');
  });

  it('in one piece is the same', async () => {
    const mesh = await startMesh({ telemetry });
    recorder.clear();
    await mesh.client.Chat(question, asOwl);
    const decorated = { 'ryzanstein.model': 'tiny', 'ryzanstein.latency.total_ms': expect.any(Number) };
    expectTree(await recorded(8)).toEqual(
      root('Chat', 'UNSET', decorated, [
        call(`${gpu}/Acquire`),
        call(`${inference}/Generate`),
        call(`${gpu}/Release`),
      ]),
    );
  });

  it('that its caller leaves ends whole, and says how long it took', async () => {
    const mesh = await startMesh({ telemetry });
    mesh.engine.generate = async function* (_request, ctx) {
      yield delta('The');
      await aborted(ctx.signal);
    };
    recorder.clear();
    const stream = mesh.client.ChatStream(question, asOwl);
    await stream.next();
    await stream.return?.();
    const decorated = {
      'ryzanstein.latency.ttft_ms': expect.any(Number),
      'ryzanstein.latency.total_ms': expect.any(Number),
    };
    const tree = root('ChatStream', 'UNSET', decorated, [
      call(`${gpu}/Acquire`),
      call(`${inference}/Generate`, 'ERROR', 'UNSET'),
      call(`${gpu}/Release`),
    ]);
    expectTree(await recorded(8)).toEqual({ ...tree, status: 'ERROR' });
  });

  it('shows what was tried again', async () => {
    const mesh = await startMesh({ telemetry });
    mesh.engine.generate = (request) => {
      if (request.leaseId === 'lease-1') throw new RpcError('FAILED_PRECONDITION', 'lease revoked');
      return threeWords();
    };
    recorder.clear();
    await chat(mesh, question, asOwl);
    const spans = await recorded(14);
    const below = spans.filter(({ kind }) => kind === 'CLIENT').map(({ name }) => name.replace(/.*\//, ''));
    expect(below.sort()).toEqual([
      'Acquire',
      'Acquire',
      'ChatStream',
      'Generate',
      'Generate',
      'Release',
      'Release',
    ]);
  });

  it('that is refused at once has a root alone', async () => {
    const mesh = await startMesh({ telemetry });
    recorder.clear();
    await chat(mesh, { ...question, model: 'tinny' }, asOwl);
    const tree = root('ChatStream', 'UNSET', { 'ryzanstein.model': undefined }, []);
    expectTree(await recorded(2)).toEqual({ ...tree, status: 'ERROR' });
  });

  it('is the same whether a poll, or a coordinator that comes back, falls into it or not', async () => {
    const mesh = await startMesh({ telemetry });
    recorder.clear();
    const { listed } = mesh.coordinator;
    await eventually(() => expect(mesh.coordinator.listed).toBeGreaterThan(listed));
    await mesh.replaceCoordinator();
    await eventually(() => expect(mesh.coordinator.renewed.length).toBeGreaterThan(0));
    expect(recorder.spans).toEqual([]);
    expect(recorder.open).toEqual([]);
  });
});

describe('the request id', () => {
  it('comes back in the headers, and in the trailers of an error', async () => {
    const mesh = await startMesh({ telemetry });
    const { headers } = await chat(mesh, question, asOwl);
    expect(headers).toMatchObject({ 'x-request-id': 'owl-1', traceresponse: expect.stringMatching(/^00-/) });
    const refused = await chat(mesh, { ...question, temperature: 9 }, asOwl);
    expect(refused.error?.code).toBe('INVALID_ARGUMENT');
    expect(refused.trailers['x-request-id']).toBe('owl-1');
  });
});

describe('the log', () => {
  it('has one line per request, with its trace, and without a word of either side', async () => {
    const lines: string[] = [];
    const destination = { write: (line: string) => void lines.push(line) };
    const logger = createLogger({
      service: 'ryzanstein-api',
      level: 'info',
      fields: telemetry.logFields,
      destination,
    });
    const mesh = await startMesh({ telemetry, logger });
    lines.length = 0;
    recorder.clear();
    await chat(mesh, question, asOwl);
    const [rootSpan] = (await recorder.whenIdle(8)).filter(
      ({ kind, name }) => kind === 'SERVER' && name.startsWith(llm),
    );
    expect(lines.map((line): unknown => JSON.parse(line))).toEqual([
      {
        level: 'info',
        time: expect.any(String),
        service: 'ryzanstein-api',
        message: 'chat finished',
        trace_id: rootSpan?.traceId,
        span_id: rootSpan?.spanId,
        trace_flags: expect.any(String),
        request_id: 'owl-1',
        model: 'tiny',
        outcome: 'OK',
        streamed: true,
        lease_id: 'lease-1',
        attempts: 1,
        lease_wait_ms: expect.any(Number),
        ttft_ms: expect.any(Number),
        total_ms: expect.any(Number),
        prompt_tokens: 7,
        completion_tokens: 4,
      },
    ]);
    expect(lines.join()).not.toMatch(/owl (do|sleeps)/);
  });

  it('has the trace also of a request that was cut off', async () => {
    const lines: string[] = [];
    const destination = { write: (line: string) => void lines.push(line) };
    const logger = createLogger({
      service: 'ryzanstein-api',
      level: 'info',
      fields: telemetry.logFields,
      destination,
    });
    const mesh = await startMesh({ telemetry, logger });
    mesh.engine.generate = async function* (_request, ctx) {
      yield delta('The');
      await aborted(ctx.signal);
    };
    lines.length = 0;
    const stream = mesh.client.ChatStream(question, asOwl);
    await stream.next();
    await stream.return?.();
    await eventually(() => expect(lines).toHaveLength(1));
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      message: 'chat ended with CANCELLED',
      request_id: 'owl-1',
      trace_id: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
  });
});
