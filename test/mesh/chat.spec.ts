import { chatTree as tree } from './chat-tree.ts';
import { asking, caller, meshUnderTest, type MeshUnderTest } from './mesh-under-test.ts';
import { durationMs, only, type StoredSpan } from './stored-trace.ts';

const guide = [
  'ryzanstein.model',
  'ryzanstein.tokens.input',
  'ryzanstein.tokens.output',
  'ryzanstein.latency.prefill_ms',
  'ryzanstein.latency.decode_ms',
  'ryzanstein.gpu.id',
  'ryzanstein.batch.size',
];

let under: MeshUnderTest;

beforeAll(async () => {
  under = await meshUnderTest();
}, 60_000);

afterAll(() => under.stop());

describe('one chat', () => {
  it('gives an answer and exactly the declared trace, joined to the caller', async () => {
    const from = caller();
    const { text, last, headers } = await under.chat(asking('What is a span?'), {
      metadata: { traceparent: from.traceparent, 'x-request-id': 'demo-1' },
    });
    expect(text).toMatch(/span/i);
    expect(last).toMatchObject({
      id: 'chat-demo-1',
      model: 'ryzanstein-tiny',
      finishReason: 'FINISH_REASON_STOP',
    });
    expect(headers.get('x-request-id')).toEqual(['demo-1']);
    expect(headers.get('traceresponse')).toEqual([
      expect.stringMatching(new RegExp(`^00-${from.traceId}-[0-9a-f]{16}-01$`)),
    ]);

    const spans = await under.trace(from, tree('ChatStream'));
    expect(spans.map(({ attributes }) => attributes['request.id'])).toEqual(spans.map(() => 'demo-1'));

    const chat = only(spans, 'chat ryzanstein-tiny');
    expect(chat.attributes).toMatchObject({
      'ryzanstein.model': 'ryzanstein-tiny',
      'ryzanstein.tokens.input': last.usage?.promptTokens,
      'ryzanstein.tokens.output': last.usage?.completionTokens,
      'ryzanstein.gpu.id': 0,
      'ryzanstein.batch.size': 1,
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'llama_cpp',
      'gen_ai.request.stream': true,
      'gen_ai.response.id': 'chat-demo-1',
      'gen_ai.response.finish_reasons': ['stop'],
    });
    expect(chat.events.map(({ name }) => name)).toEqual(['first_token']);
    const root = only(spans, 'ryzanstein.api.v1.LlmService/ChatStream');
    expect(root.attributes).toMatchObject({
      'rpc.system.name': 'grpc',
      'rpc.method': 'ryzanstein.api.v1.LlmService/ChatStream',
      'rpc.response.status_code': 'OK',
      'ryzanstein.model': 'ryzanstein-tiny',
      'ryzanstein.latency.ttft_ms': last.timings?.ttftMs,
    });
  });

  it('has phases that touch, and sum to their span', async () => {
    const from = caller();
    await under.chat(asking('Count from 1 to 9.'), { metadata: { traceparent: from.traceparent } });
    const spans = await under.trace(from, tree('ChatStream'));
    const [chat, queue, prefill, decode] = ['chat ryzanstein-tiny', 'queue', 'prefill', 'decode'].map(
      (name) => only(spans, name),
    ) as [StoredSpan, StoredSpan, StoredSpan, StoredSpan];
    expect([queue.startNs, prefill.startNs, decode.startNs, decode.endNs]).toEqual([
      chat.startNs,
      queue.endNs,
      prefill.endNs,
      chat.endNs,
    ]);
    expect(durationMs(prefill)).toBeCloseTo(Number(chat.attributes['ryzanstein.latency.prefill_ms']), 1);
    expect(durationMs(decode)).toBeCloseTo(Number(chat.attributes['ryzanstein.latency.decode_ms']), 1);
    expect(chat.events[0]?.atNs).toBe(decode.startNs);
  });

  it.each(['Chat', 'Complete', 'CompleteStream'] as const)(
    'leaves the same tree through %s',
    async (method) => {
      const from = caller();
      const options = { metadata: { traceparent: from.traceparent } };
      if (method === 'Chat') await under.client.Chat(asking('Hello!'), options);
      else if (method === 'Complete')
        await under.client.Complete({ prompt: 'Once there was', maxTokens: 8 }, options);
      else
        for await (const _ of under.client.CompleteStream(
          { prompt: 'Once there was', maxTokens: 8 },
          options,
        ));
      await under.trace(from, tree(method));
    },
  );

  it('gives the same text for the same seed', async () => {
    const request = asking('Tell me a short story about an owl.', {
      temperature: 1,
      seed: '7',
      maxTokens: 40,
    });
    const first = await under.client.Chat(request);
    const second = await under.client.Chat(request);
    expect(second.message?.content).toBe(first.message?.content);
    expect(first.message?.content).not.toBe('');
  });

  it('obeys a caller who does not want to be sampled', async () => {
    const from = caller();
    const stream = under.client.ChatStream(asking('Hi'), {
      metadata: { traceparent: from.traceparent.replace(/01$/, '00'), 'x-request-id': 'quiet' },
    });
    for await (const _ of stream);
    expect((await stream.headers).get('x-request-id')).toEqual(['quiet']);
    // Another trace that is stored afterwards shows that this one would have been.
    const later = caller();
    await under.chat(asking('Hi'), { metadata: { traceparent: later.traceparent } });
    await under.trace(later, tree('ChatStream'));
    const ui = under.mesh.addresses.tracebox?.ui;
    expect((await fetch(`http://${ui}/api/v3/traces/${from.traceId}`)).status).toBe(404);
  });
});

describe('200 chats, 16 at a time', () => {
  it('all succeed, each with its whole trace, and none is passed by more than 16 later ones', async () => {
    const callers = Array.from({ length: 200 }, caller);
    const waiting = [...callers];
    const worker = async (): Promise<void> => {
      for (let from = waiting.shift(); from !== undefined; from = waiting.shift()) {
        const request = asking('Tell me a short story about a fox.', { maxTokens: 60 });
        const { last } = await under.chat(request, { metadata: { traceparent: from.traceparent } });
        expect(last.usage?.completionTokens).toBeGreaterThan(10);
      }
    };
    await Promise.all(Array.from({ length: 16 }, worker));

    const acquires: StoredSpan[] = [];
    const batchSizes: number[] = [];
    for (const from of callers) {
      const spans = await Promise.any([
        under.trace(from, tree('ChatStream')),
        under.trace(from, tree('ChatStream', true)),
      ]);
      const chat = only(spans, 'chat ryzanstein-tiny');
      expect(Object.keys(chat.attributes)).toEqual(expect.arrayContaining(guide));
      batchSizes.push(Number(chat.attributes['ryzanstein.batch.size']));
      acquires.push(only(spans, 'ryzanstein.gpu.v1.GpuCoordinator/Acquire', 'SERVER'));
    }
    batchSizes.sort((a, b) => a - b);
    expect(batchSizes[100]).toBeGreaterThan(4);
    const passedBy = acquires.map(
      (one) => acquires.filter((other) => other.startNs > one.startNs && other.endNs < one.endNs).length,
    );
    expect(Math.max(...passedBy)).toBeLessThanOrEqual(16);
  }, 60_000);
});
