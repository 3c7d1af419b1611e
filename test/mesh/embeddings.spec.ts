import { buildTrace, readOtlpTraces, verify } from '@ryzanstein/trace-analysis';
import { asking, caller, failure, meshUnderTest, type MeshUnderTest } from './mesh-under-test.ts';
import { only } from './stored-trace.ts';

const tree = [
  'ryzanstein.api.v1.LlmService/Embed SERVER ryzanstein-api',
  '  ryzanstein.gpu.v1.GpuCoordinator/Acquire CLIENT ryzanstein-api',
  '    ryzanstein.gpu.v1.GpuCoordinator/Acquire SERVER ryzanstein-gpu',
  '  ryzanstein.engine.v1.InferenceEngine/Embed CLIENT ryzanstein-api',
  '    ryzanstein.engine.v1.InferenceEngine/Embed SERVER ryzanstein-inference',
  '      embeddings ryzanstein-tiny INTERNAL ryzanstein-inference',
  '  ryzanstein.gpu.v1.GpuCoordinator/Release CLIENT ryzanstein-api',
  '    ryzanstein.gpu.v1.GpuCoordinator/Release SERVER ryzanstein-gpu',
].join('\n');
const [root = ''] = tree.split('\n');

let under: MeshUnderTest;

beforeAll(async () => {
  under = await meshUnderTest();
}, 60_000);

afterAll(() => under.stop());

it('embeds texts as unit vectors, and leaves exactly the declared trace', async () => {
  const from = caller();
  const input = ['The owl sleeps in the oak.', 'What is 7 plus 5?', 'The owl sleeps in the oak.'];
  const { model, embeddings, usage } = await under.client.Embed(
    { input },
    { metadata: { traceparent: from.traceparent, 'x-request-id': 'embed-1' } },
  );
  expect(model).toBe('ryzanstein-tiny');
  const [first, second, third] = embeddings.map(({ values }) => values);
  for (const vector of [first, second, third]) expect(Math.hypot(...(vector ?? []))).toBeCloseTo(1, 6);
  expect(third).toEqual(first);
  expect(second).not.toEqual(first);

  const spans = await under.trace(from, tree);
  expect(spans.map(({ attributes }) => attributes['request.id'])).toEqual(spans.map(() => 'embed-1'));
  expect(only(spans, 'embeddings ryzanstein-tiny').attributes).toMatchObject({
    'ryzanstein.model': 'ryzanstein-tiny',
    'ryzanstein.tokens.input': usage?.promptTokens,
    'ryzanstein.gpu.id': 0,
    'gen_ai.operation.name': 'embeddings',
    'gen_ai.provider.name': 'llama_cpp',
    'gen_ai.request.model': 'ryzanstein-tiny',
    'gen_ai.response.model': 'ryzanstein-tiny',
    'gen_ai.usage.input_tokens': usage?.promptTokens,
  });
  expect(only(spans, 'ryzanstein.api.v1.LlmService/Embed').attributes).toMatchObject({
    'rpc.response.status_code': 'OK',
    'ryzanstein.model': 'ryzanstein-tiny',
  });

  const ui = under.mesh.addresses.tracebox?.ui;
  const stored = await fetch(`http://${ui}/api/v3/traces/${from.traceId}`);
  const whole = buildTrace(readOtlpTraces(await stored.json()));
  if (whole === undefined) throw new Error('no trace');
  // A busy machine may put a process aside between the last byte it sends and the end of its span.
  expect(verify(whole, { clockSetMs: 50 })).toEqual([]);
});

it('gives the same vector beside chats', async () => {
  const input = ['A span is a part of a trace.'];
  const alone = await under.client.Embed({ input });
  const [beside] = await Promise.all([
    under.client.Embed({ input }),
    ...Array.from({ length: 4 }, () => under.client.Chat(asking('Tell me a story.', { maxTokens: 60 }))),
  ]);
  expect(beside).toEqual(alone);
});

it.each([
  ['no text', [], /^The request cannot be accepted: input is empty/],
  ['an empty text', ['x', ''], /input\[1\] is empty/],
  ['too many texts', Array<string>(257).fill('x'), /input has 257 texts; give at most 256/],
])('refuses %s, with a root alone', async (_, input, message) => {
  const from = caller();
  const error = await failure(under.client.Embed({ input }, { metadata: { traceparent: from.traceparent } }));
  expect(error).toMatchObject({
    code: 'INVALID_ARGUMENT',
    message: expect.stringMatching(message) as string,
  });
  await under.trace(from, root);
});

it('refuses a text over the context, naming it, and gives the lease back', async () => {
  const from = caller();
  const input = ['x', 'owl '.repeat(2_000)];
  const error = await failure(under.client.Embed({ input }, { metadata: { traceparent: from.traceparent } }));
  expect(error).toMatchObject({
    code: 'INVALID_ARGUMENT',
    message: expect.stringMatching(/input\[1\] has (at least )?\d+ tokens/) as string,
  });
  await under.trace(
    from,
    tree.replace('Embed CLIENT ryzanstein-api', '$& !').replace(/\n.*embeddings ryzanstein-tiny.*/, ''),
  );
});
