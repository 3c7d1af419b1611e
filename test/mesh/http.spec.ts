import { OpenAI } from 'openai';
import { caller, asking, meshUnderTest, type MeshUnderTest } from './mesh-under-test.ts';
import { chatTree } from './chat-tree.ts';
import { nothing, stageOf } from './stage.ts';
import { only } from './stored-trace.ts';

let under: MeshUnderTest;
let openai: OpenAI;

beforeAll(async () => {
  under = await meshUnderTest();
  openai = new OpenAI({
    baseURL: `http://${under.mesh.addresses.api.http}/v1`,
    apiKey: 'none',
    maxRetries: 0,
  });
}, 60_000);

afterAll(() => under.stop());

const httpTree = (): string =>
  chatTree('ChatStream').replace(
    'ryzanstein.api.v1.LlmService/ChatStream SERVER',
    'POST /v1/chat/completions SERVER',
  );

const messages = (content: string): OpenAI.ChatCompletionMessageParam[] => [{ role: 'user', content }];
const tiny = { model: 'ryzanstein-tiny', temperature: 0 } as const;

describe('the OpenAI client on the live mesh', () => {
  it('finds the model, and gets one text, whole, in pieces, and over gRPC', async () => {
    expect((await openai.models.list()).data.map(({ id }) => id)).toEqual(['ryzanstein-tiny']);
    const question = { ...tiny, messages: messages('Tell me a short story about a fox.') };
    const whole = await openai.chat.completions.create(question);
    let text = '';
    let usage: OpenAI.CompletionUsage | null | undefined;
    const options = { stream: true, stream_options: { include_usage: true } } as const;
    for await (const chunk of await openai.chat.completions.create({ ...question, ...options })) {
      text += chunk.choices[0]?.delta.content ?? '';
      usage = chunk.usage ?? usage;
    }
    expect(text).toBe(whole.choices[0]?.message.content);
    expect(usage?.completion_tokens).toBe(whole.usage?.completion_tokens);
    const overGrpc = await under.chat(asking('Tell me a short story about a fox.', { temperature: 0 }));
    expect(overGrpc.text).toBe(text);
    expect(overGrpc.last.usage?.completionTokens).toBe(usage?.completion_tokens);
  });

  it('has exactly the declared trace below its own root', async () => {
    const from = caller();
    const { data, response } = await openai.chat.completions
      .create(
        { ...tiny, messages: messages('What is a span?') },
        { headers: { traceparent: from.traceparent, 'x-request-id': 'http-1' } },
      )
      .withResponse();
    expect(data.choices[0]?.message.content).toMatch(/span/i);
    expect(response.headers.get('x-request-id')).toBe('http-1');
    const spans = await under.trace(from, httpTree());
    expect(spans.map(({ attributes }) => attributes['request.id'])).toEqual(spans.map(() => 'http-1'));
    expect(only(spans, 'chat ryzanstein-tiny').attributes).toMatchObject({
      'ryzanstein.tokens.input': data.usage?.prompt_tokens,
      'ryzanstein.tokens.output': data.usage?.completion_tokens,
      'gen_ai.response.id': data.id,
    });
  });

  it('gets JSON that conforms to the schema it asks for', async () => {
    const schema = {
      type: 'object',
      properties: { colour: { enum: ['red', 'green'] }, sure: { type: 'boolean' } },
      required: ['colour', 'sure'],
      additionalProperties: false,
    };
    const { choices } = await openai.chat.completions.create({
      ...tiny,
      max_tokens: 120,
      messages: messages('Which colour has grass?'),
      response_format: { type: 'json_schema', json_schema: { name: 'colour', schema, strict: true } },
    });
    expect(choices[0]?.finish_reason).toBe('stop');
    const answer = JSON.parse(choices[0]?.message.content ?? '') as { colour: string; sure: boolean };
    expect(Object.keys(answer).sort()).toEqual(['colour', 'sure']);
    expect(['red', 'green']).toContain(answer.colour);
    expect(typeof answer.sure).toBe('boolean');
    await expect(
      openai.chat.completions.create({
        ...tiny,
        messages: messages('Hi'),
        response_format: { type: 'json_schema', json_schema: { name: 'x', schema: { $ref: '#/a' } } },
      }),
    ).rejects.toMatchObject({ status: 400, param: 'response_format.json_schema.$ref' });
  });

  it('gets vectors, as numbers and as the base64 that the client asks for by itself', async () => {
    const input = ['What is a span?', 'Tell me a story.'];
    const asked = await openai.embeddings.create({ model: 'ryzanstein-tiny', input });
    const plain = await openai.embeddings.create({
      model: 'ryzanstein-tiny',
      input,
      encoding_format: 'float',
    });
    expect(asked.data.map(({ index }) => index)).toEqual([0, 1]);
    asked.data.forEach(({ embedding }, index) => {
      expect(Math.hypot(...embedding)).toBeCloseTo(1, 4);
      expect(embedding).toHaveLength(plain.data[index]?.embedding.length ?? 0);
      plain.data[index]?.embedding.forEach((value, at) => expect(value).toBeCloseTo(embedding[at] ?? NaN, 4));
    });
    expect(asked.usage.prompt_tokens).toBeGreaterThan(2);
    await expect(openai.embeddings.create({ model: 'ryzanstein-tiny', input: [] })).rejects.toMatchObject({
      status: 400,
      param: 'input',
    });
  });

  it('frees the slot of what it aborts', async () => {
    const from = caller();
    const stream = await openai.chat.completions.create(
      { ...tiny, stream: true, messages: messages('Tell me a short story about an owl.') },
      { headers: { traceparent: from.traceparent } },
    );
    for await (const chunk of stream) if ((chunk.choices[0]?.delta.content ?? '') !== '') break;
    const stage = stageOf(under);
    await stage.until((taken) => JSON.stringify(taken) === JSON.stringify(nothing), 1_000);
    stage.close();
  });
});
