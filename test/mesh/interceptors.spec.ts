import { chatTree } from './chat-tree.ts';
import { asking, caller, meshUnderTest, type MeshUnderTest } from './mesh-under-test.ts';
import { only } from './stored-trace.ts';

let under: MeshUnderTest;

beforeAll(async () => {
  // Delayed, so that an answer is not over before its reader has left.
  under = await meshUnderTest({ env: { RYZ_GRPC_SPANS: 'interceptors', RYZ_INJECT_DELAY: 'decode:400' } });
}, 60_000);

afterAll(() => under.stop());

describe('one chat, with the spans of interceptors', () => {
  it.each(['ChatStream', 'Chat', 'Complete', 'CompleteStream'] as const)(
    'leaves the declared trace through %s',
    async (method) => {
      const from = caller();
      const options = { metadata: { traceparent: from.traceparent, 'x-request-id': 'demo-1' } };
      const prompt = { prompt: 'Once there was', maxTokens: 8 };
      if (method === 'ChatStream') await under.chat(asking('What is a span?'), options);
      else if (method === 'Chat') await under.client.Chat(asking('Hello!'), options);
      else if (method === 'Complete') await under.client.Complete(prompt, options);
      else for await (const _ of under.client.CompleteStream(prompt, options));
      const spans = await under.trace(from, chatTree(method));
      expect(spans.map(({ attributes }) => attributes['request.id'])).toEqual(spans.map(() => 'demo-1'));
      expect(only(spans, `ryzanstein.api.v1.LlmService/${method}`).attributes).toMatchObject({
        'rpc.system.name': 'grpc',
        'rpc.method': `ryzanstein.api.v1.LlmService/${method}`,
        'rpc.response.status_code': 'OK',
        'server.address': expect.any(String),
        'server.port': expect.any(Number),
        'ryzanstein.model': 'ryzanstein-tiny',
      });
    },
  );

  it('that its reader leaves is cancelled, and no error at the server', async () => {
    const from = caller();
    const stream = under.client.ChatStream(asking('Tell me a long story.', { maxTokens: 200 }), {
      metadata: { traceparent: from.traceparent },
    });
    for await (const _ of stream) break;
    const tree = chatTree('ChatStream').replace(/(Generate CLIENT ryzanstein-api)/, '$1 !');
    const spans = await under.trace(from, tree);
    expect(
      only(spans, 'ryzanstein.api.v1.LlmService/ChatStream').attributes['rpc.response.status_code'],
    ).toBe('CANCELLED');
  });
});
