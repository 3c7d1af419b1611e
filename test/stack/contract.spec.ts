import { checkConventions, secret, type RecordedSpan } from '@ryzanstein/testing';
import { chatTree } from '../mesh/chat-tree.ts';
import { asking, caller, failure, type Caller } from '../mesh/mesh-under-test.ts';
import { until } from '../mesh/stored-trace.ts';
import { arrivesWithinMs, jaegerTrace, meshOnStack, type MeshOnStack } from './mesh-on-stack.ts';
import { recordedTrace } from './recorded-trace.ts';
import { sharedStack } from './shared-stack.ts';

const stack = sharedStack();
const long = asking(secret('Tell me a short story about a bear.'), { maxTokens: 200 });
let mesh: MeshOnStack;

beforeAll(async () => {
  // Each decode begins late, so that a request is surely running when it ends early.
  mesh = await meshOnStack(stack, { RYZ_INJECT_DELAY: 'decode:400', RYZ_SLOTS: '2' });
});

afterAll(() => mesh.stop());

const from = (): { at: Caller; metadata: { traceparent: string } } => {
  const at = caller();
  return { at, metadata: { traceparent: at.traceparent } };
};

const root = 'ryzanstein.api.v1.LlmService/ChatStream SERVER ryzanstein-api';
const acquired = [
  '  ryzanstein.gpu.v1.GpuCoordinator/Acquire CLIENT ryzanstein-api',
  '    ryzanstein.gpu.v1.GpuCoordinator/Acquire SERVER ryzanstein-gpu',
];
const released = [
  '  ryzanstein.gpu.v1.GpuCoordinator/Release CLIENT ryzanstein-api',
  '    ryzanstein.gpu.v1.GpuCoordinator/Release SERVER ryzanstein-gpu',
];
const generate = (client: string, server: string): string[] => [
  `  ryzanstein.engine.v1.InferenceEngine/Generate CLIENT ryzanstein-api${client}`,
  `    ryzanstein.engine.v1.InferenceEngine/Generate SERVER ryzanstein-inference${server}`,
];
const chat = (chatMark: string, decodeMark: string): string[] => [
  `      chat ryzanstein-tiny INTERNAL ryzanstein-inference${chatMark}`,
  '        queue INTERNAL ryzanstein-inference',
  '        prefill INTERNAL ryzanstein-inference',
  `        decode INTERNAL ryzanstein-inference${decodeMark}`,
];

/** Waits for the exact tree in Jaeger, holds it to the registry, and gives its spans by name and kind. */
async function declared(
  at: Caller,
  lines: readonly string[],
): Promise<(name: string, kind?: string) => RecordedSpan> {
  await mesh.trace(at, lines.join('\n'));
  const spans = await recordedTrace(stack, at.traceId);
  expect(checkConventions(spans)).toEqual([]);
  expect(
    spans.filter(({ scope }) => !/^@ryzanstein\/|^@opentelemetry\/instrumentation-grpc$/.test(scope)),
  ).toEqual([]);
  expect(spans.filter(({ parentSpanId }) => parentSpanId === at.spanId)).toHaveLength(1);
  return (name, kind) => {
    const found = spans.filter(
      (span) => span.name.endsWith(name) && (kind === undefined || span.kind === kind),
    );
    expect([name, found.length]).toEqual([name, 1]);
    return found[0] as RecordedSpan;
  };
}

const code = ({ attributes }: RecordedSpan): unknown => attributes['rpc.response.status_code'];
const keys = ({ attributes }: RecordedSpan): string[] => Object.keys(attributes).sort();
const call = [
  'request.id',
  'rpc.method',
  'rpc.response.status_code',
  'rpc.system.name',
  'server.address',
  'server.port',
];

describe('the trace in Jaeger of a request that', () => {
  it('ends well has these spans with these attributes, and no others', async () => {
    const { at, metadata } = from();
    const { last } = await mesh.chat(long, { metadata });
    const span = await declared(at, [chatTree('ChatStream')]);
    expect(keys(span('/ChatStream'))).toEqual(
      [...call, 'ryzanstein.latency.total_ms', 'ryzanstein.latency.ttft_ms', 'ryzanstein.model'].sort(),
    );
    const lease = ['epoch', 'id', 'outcome', 'queue_position', 'reason', 'waited_ms'].map(
      (key) => `ryzanstein.lease.${key}`,
    );
    const device = ['ryzanstein.gpu.id', 'ryzanstein.gpu.kind', 'ryzanstein.gpu.name'];
    const placement = ['ryzanstein.placement.candidates', 'ryzanstein.placement.reason'];
    expect(keys(span('/Acquire', 'SERVER'))).toEqual([...call, ...lease, ...device, ...placement].sort());
    expect(keys(span('/Generate', 'CLIENT'))).toEqual(call);
    expect(keys(span('/Generate', 'SERVER'))).toEqual(call);
    expect(keys(span('/Release', 'SERVER'))).toEqual(
      [
        ...call,
        ...['blocked_count', 'blocked_ms', 'id', 'outcome'].map((key) => `ryzanstein.lease.${key}`),
      ].sort(),
    );
    expect(span('chat ryzanstein-tiny').attributes).toMatchObject({
      'ryzanstein.model': 'ryzanstein-tiny',
      'ryzanstein.tokens.input': last.usage?.promptTokens,
      'ryzanstein.tokens.output': last.usage?.completionTokens,
      'ryzanstein.latency.prefill_ms': expect.any(Number),
      'ryzanstein.latency.decode_ms': expect.any(Number),
      'ryzanstein.gpu.id': 0,
      'ryzanstein.batch.size': 1,
    });
    expect(span('/ChatStream').attributes['ryzanstein.latency.ttft_ms']).toBe(last.timings?.ttftMs);
    expect(span('/ChatStream').resource).toMatchObject({
      'service.name': 'ryzanstein-api',
      'service.namespace': 'ryzanstein',
      'deployment.environment.name': mesh.environment,
    });
  });

  it('waits for a device has links that resolve to those who held it', async () => {
    // Two slots and two leases for the hand-over: the fifth waits.
    const holders = Array.from({ length: 4 }, from);
    const running = holders.map(({ metadata }) => mesh.chat(long, { metadata }));
    const { at, metadata } = from();
    await Promise.all([...running, mesh.chat(long, { metadata })]);
    const span = await declared(at, [chatTree('ChatStream', true)]);
    const wait = span('gpu.lease.wait');
    expect(new Set(wait.links.map(({ traceId }) => traceId))).toEqual(
      new Set(holders.map((one) => one.at.traceId)),
    );
    expect(
      wait.links.filter(({ attributes }) => attributes['ryzanstein.link.released'] === true),
    ).toHaveLength(1);
    for (const link of wait.links) {
      const linked = await recordedTrace(stack, link.traceId);
      const target = linked.find(({ spanId }) => spanId === link.spanId);
      expect(target).toMatchObject({
        name: 'ryzanstein.gpu.v1.GpuCoordinator/Acquire',
        kind: 'SERVER',
        attributes: {
          'ryzanstein.lease.id': link.attributes['ryzanstein.lease.id'],
          'request.id': link.attributes['request.id'],
        },
      });
    }
    expect(wait.attributes['ryzanstein.lease.waited_ms']).toBeGreaterThan(0);
  });

  it('is cancelled has no error but on the client span, and a truncated phase', async () => {
    const { at, metadata } = from();
    const stream = mesh.client.ChatStream(long, { metadata });
    for await (const _ of stream) break;
    const span = await declared(at, [root, ...acquired, ...generate(' !', ''), ...chat('', ''), ...released]);
    expect(code(span('/ChatStream'))).toBe('CANCELLED');
    expect(span('chat ryzanstein-tiny').attributes['gen_ai.response.finish_reasons']).toEqual(['error']);
    expect(span('decode').attributes['ryzanstein.phase.truncated']).toBe(true);
  });

  it('expires has errors all along', async () => {
    const { at, metadata } = from();
    expect((await failure(mesh.chat(long, { metadata, timeoutMs: 250 }))).code).toBe('DEADLINE_EXCEEDED');
    const span = await declared(at, [
      `${root} !`,
      ...acquired,
      ...generate(' !', ' !'),
      ...chat(' !', ' !'),
      ...released,
    ]);
    expect(code(span('/ChatStream'))).toBe('DEADLINE_EXCEEDED');
    expect(span('chat ryzanstein-tiny').attributes['error.type']).toBe('DEADLINE_EXCEEDED');
    expect(span('decode').attributes['ryzanstein.phase.truncated']).toBe(true);
  });

  it('is invalid at the edge is one span without an error', async () => {
    const { at, metadata } = from();
    expect((await failure(mesh.chat({ messages: [] }, { metadata }))).code).toBe('INVALID_ARGUMENT');
    const span = await declared(at, [root]);
    expect(code(span('/ChatStream'))).toBe('INVALID_ARGUMENT');
  });

  it('is invalid at the engine has no chat span', async () => {
    const { at, metadata } = from();
    const tooLong = asking('word '.repeat(3_000));
    expect((await failure(mesh.chat(tooLong, { metadata }))).code).toBe('INVALID_ARGUMENT');
    await declared(at, [root, ...acquired, ...generate(' !', ''), ...released]);
  });

  it('fails with its engine has errors at the edge, and the dead engine’s spans once it runs again', async () => {
    const { at, metadata } = from();
    const stream = mesh.client.ChatStream(long, { metadata });
    const ended = failure(
      (async () => {
        for await (const _ of stream) await mesh.mesh.kill('inference-engine');
      })(),
    );
    expect((await ended).code).toBe('UNAVAILABLE');
    await mesh.mesh.restart('inference-engine');
    const spans = await until(
      () => jaegerTrace(stack, at.traceId),
      (all) => all.some(({ service }) => service === 'ryzanstein-inference'),
      arrivesWithinMs,
    );
    expect(spans.filter(({ parentSpanId }) => parentSpanId === at.spanId)).toHaveLength(1);
    const span = await declared(at, [`${root} !`, ...acquired, ...generate(' !', ' !'), ...released]);
    expect(code(span('/ChatStream'))).toBe('UNAVAILABLE');
    // Nobody lived to answer.
    expect(code(span('/Generate', 'SERVER'))).toBeUndefined();
  });
});
