import { model, open, under } from '../../../test/openai-under-test.ts';
import { failing, json, type Answer } from '../../testing/scripted-openai-server.ts';
import { ask } from '../backend-contract.ts';

describe('tokens', () => {
  const chat = ask('Hi').prompt;
  const text = { kind: 'text', text: 'Hi' } as const;
  const { signal } = new AbortController();
  const ids = json(200, { tokens: [1, 2, 3] });

  it.each<[string, Record<string, Answer>, object, object]>([
    ['vllm', { '/tokenize': ids }, { kind: 'tokens' }, { kind: 'tokens' }],
    [
      'llamacpp',
      { '/tokenize': ids, '/apply-template': json(200, { prompt: '<s>Hi' }) },
      { kind: 'tokens' },
      { kind: 'tokens' },
    ],
    ['me', { '/extras/tokenize': ids }, { kind: 'tokens' }, { kind: 'not_offered' }],
    ['somebody', {}, { kind: 'not_offered' }, { kind: 'not_offered' }],
    ['vllm', {}, { kind: 'not_offered' }, { kind: 'not_offered' }],
  ])('are counted as %s counts them, or not', async (owned_by, pages, ofText, ofChat) => {
    await open({ ...model({ owned_by }), ...pages });
    expect(await under.backend.tokenize(text, signal)).toMatchObject(ofText);
    expect(await under.backend.tokenize(chat, signal)).toMatchObject(ofChat);
  });
});

describe('embeddings', () => {
  const embed = async (texts: readonly string[]): Promise<readonly Float32Array[]> => {
    const answer = await under.engine.embed({ texts, signal: new AbortController().signal });
    if (answer.kind !== 'running') throw new Error(answer.kind);
    return answer.vectors;
  };
  const vectors = (...data: unknown[]): Answer => json(200, { data, usage: { prompt_tokens: 4 } });

  it('are taken as numbers or as base64, in the order of their texts, and made of length 1', async () => {
    const base64 = Buffer.from(new Float32Array([0, 2]).buffer).toString('base64');
    await open({
      '/v1/embeddings': vectors({ index: 1, embedding: [3, 4] }, { index: 0, embedding: base64 }),
    });
    const [zero, one] = await embed(['a', 'b']);
    expect([...(zero ?? [])]).toEqual([0, 1]);
    expect([...(one ?? [])]).toEqual([expect.closeTo(0.6), expect.closeTo(0.8)]);
    expect(under.backend.embeddings).toEqual({ dimensions: 2 });
    expect(under.server.seen[0]?.body).toEqual({ model: 'm', input: ['a', 'b'], encoding_format: 'base64' });
  });

  it('are asked for as numbers where the server knows nothing else', async () => {
    await open({
      '/v1/embeddings': (response, request) =>
        request.body['encoding_format'] === 'base64'
          ? failing(422, 'encoding_format: unknown')(response, request)
          : vectors({ embedding: [1, 0] })(response, request),
    });
    expect(await embed(['a'])).toHaveLength(1);
    expect(await embed(['a'])).toHaveLength(1);
    expect(under.server.seen.map(({ body }) => body['encoding_format'])).toEqual([
      'base64',
      'float',
      'float',
    ]);
  });

  it.each<[string, Answer, string]>([
    ['too few', vectors({ index: 0, embedding: [1, 0] }), 'UNAVAILABLE'],
    ['ragged ones', vectors({ embedding: [1, 0] }, { embedding: [1] }), 'UNAVAILABLE'],
    ['no direction', vectors({ embedding: [0, 0] }, { embedding: [1, 0] }), 'UNAVAILABLE'],
    ['none at all', failing(404, 'no'), 'UNIMPLEMENTED'],
  ])('fail where the server gives %s', async (_, answer, code) => {
    await open({ '/v1/embeddings': answer });
    await expect(embed(['a', 'b'])).rejects.toMatchObject({ code });
  });
});
