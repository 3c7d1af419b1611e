import { RpcError } from '@ryzanstein/rpc';
import { checkConventions, startTestTelemetry } from '@ryzanstein/testing';
import type { Telemetry } from '@ryzanstein/tracing';
import { breakOff, fastifyTracing } from '@ryzanstein/tracing/http';
import type { SpanRecorder } from '@ryzanstein/tracing/testing';
import { ask, startHttpMesh, streamed, type HttpMesh } from '../../test/http-mesh.ts';
import { accepted, delta } from '../../test/scripted-engine.ts';
import { untracedPaths } from './http-edge.ts';

let telemetry: Telemetry;
let recorder: SpanRecorder;
let mesh: HttpMesh;

beforeAll(() => {
  ({ telemetry, recorder } = startTestTelemetry({ serviceName: 'ryzanstein-api' }));
});

afterAll(() => telemetry.shutdown());

beforeEach(async () => {
  mesh = await startHttpMesh({
    telemetry,
    tracing: fastifyTracing({ untracedPaths }),
    onBrokenOff: breakOff,
    defaultDeadlineMs: 1_000,
  });
  recorder.clear();
});

const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

/** The root, once so many spans have ended. */
async function rootOf(spans: number) {
  const all = await recorder.whenIdle(spans);
  expect(checkConventions(all)).toEqual([]);
  const root = all.find(({ name }) => name === 'POST /v1/chat/completions');
  if (root === undefined) throw new Error(`no root among ${all.map(({ name }) => name).join(', ')}`);
  return { root, all };
}

it('is joined to its caller, and has the tree of a chat', async () => {
  const headers = { traceparent, 'x-request-id': 'demo-1' };
  const { data, response } = await mesh.openai.chat.completions.create(ask, { headers }).withResponse();
  expect(data.id).toBe('chat-demo-1');
  expect(response.headers.get('x-request-id')).toBe('demo-1');
  const { root, all } = await rootOf(7);
  expect(root).toMatchObject({
    kind: 'SERVER',
    status: 'UNSET',
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    parentSpanId: '00f067aa0ba902b7',
    attributes: {
      'http.request.method': 'POST',
      'http.route': '/v1/chat/completions',
      'http.response.status_code': 200,
      'url.path': '/v1/chat/completions',
      'url.scheme': 'http',
      'request.id': 'demo-1',
      'ryzanstein.model': 'tiny',
      'ryzanstein.latency.ttft_ms': expect.any(Number),
      'ryzanstein.latency.total_ms': expect.any(Number),
    },
  });
  expect(response.headers.get('traceresponse')).toBe(`00-${root.traceId}-${root.spanId}-01`);
  expect(
    all
      .filter(({ parentSpanId }) => parentSpanId === root.spanId)
      .map(({ name }) => name)
      .sort(),
  ).toEqual([
    'ryzanstein.engine.v1.InferenceEngine/Generate',
    'ryzanstein.gpu.v1.GpuCoordinator/Acquire',
    'ryzanstein.gpu.v1.GpuCoordinator/Release',
  ]);
});

it('is an error where the answer breaks off after its status', async () => {
  mesh.engine.generate = async function* () {
    yield accepted;
    yield delta('The');
    throw new RpcError('UNAVAILABLE', 'The engine stops.');
  };
  await expect(streamed(mesh.openai)).rejects.toThrow('The engine was lost after 1 token.');
  const { root } = await rootOf(7);
  expect(root).toMatchObject({
    status: 'ERROR',
    attributes: { 'http.response.status_code': 200, 'error.type': 'UNAVAILABLE' },
  });
});

it('is an error at the deadline, and none where the caller leaves or is wrong', async () => {
  mesh.engine.generate = async function* () {
    yield accepted;
    yield delta('The');
    await new Promise(() => {});
  };
  await expect(mesh.openai.chat.completions.create(ask)).rejects.toThrow('The deadline passed');
  expect((await rootOf(7)).root).toMatchObject({
    status: 'ERROR',
    attributes: { 'http.response.status_code': 504, 'error.type': 'DEADLINE_EXCEEDED' },
  });

  recorder.clear();
  const stream = await mesh.openai.chat.completions.create({ ...ask, stream: true });
  for await (const chunk of stream) if (chunk.choices[0]?.delta.content === 'The') break;
  const { root } = await rootOf(7);
  expect(root).toMatchObject({ status: 'UNSET' });
  expect(root.attributes).toMatchObject({ 'ryzanstein.latency.total_ms': expect.any(Number) });
  expect(root.attributes).not.toHaveProperty('error.type');

  recorder.clear();
  await expect(mesh.openai.chat.completions.create({ ...ask, n: 2 })).rejects.toThrow('n is not offered');
  expect((await rootOf(1)).root).toMatchObject({
    status: 'UNSET',
    attributes: { 'http.response.status_code': 400 },
  });
});

it('makes no span of a question about the process', async () => {
  for (const path of untracedPaths) await fetch(`${mesh.url}${path}`);
  await mesh.openai.models.list();
  expect((await recorder.whenIdle(1)).map(({ name }) => name)).toEqual(['GET /v1/models']);
});
