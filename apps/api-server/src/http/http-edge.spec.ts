import { RpcError } from '@ryzanstein/rpc';
import { APIError, APIUserAbortError, BadRequestError, NotFoundError, RateLimitError } from 'openai';
import { eventually } from '../../test/eventually.ts';
import { ask, startHttpMesh, streamed } from '../../test/http-mesh.ts';
import { releases } from '../../test/mesh.ts';
import { accepted, delta, started, threeWords } from '../../test/scripted-engine.ts';

async function failure(promise: PromiseLike<unknown>): Promise<APIError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof APIError) return error;
    throw error;
  }
  throw new Error('it succeeded');
}

const usage = {
  prompt_tokens: 7,
  completion_tokens: 4,
  total_tokens: 11,
  prompt_tokens_details: { cached_tokens: 2 },
};

// The first of a process compiles what all use.
beforeAll(async () => void (await streamed((await startHttpMesh()).openai)), 60_000);

describe('the official client', () => {
  it('lists the models, and finds one by its name', async () => {
    const { openai } = await startHttpMesh({ models: ['tiny', 'org/large'] });
    const page = await openai.models.list();
    expect(page.data).toEqual([
      { id: 'org/large', object: 'model', created: 0, owned_by: 'ryzanstein' },
      { id: 'tiny', object: 'model', created: 0, owned_by: 'ryzanstein' },
    ]);
    expect(await openai.models.retrieve('tiny')).toMatchObject({ id: 'tiny', object: 'model' });
    const error = await failure(openai.models.retrieve('huge'));
    expect(error).toBeInstanceOf(NotFoundError);
    expect(error).toMatchObject({ status: 404, code: 'model_not_found', param: 'model' });
    expect(error.message).toContain('Served now: org/large, tiny.');
  });

  it('gets a chat whole', async () => {
    const { openai, engine } = await startHttpMesh();
    const more = { max_completion_tokens: 9, temperature: 0, seed: -1, stop: 'END', user: 'someone' };
    const { data, response } = await openai.chat.completions.create({ ...ask, ...more }).withResponse();
    expect(data).toMatchObject({
      object: 'chat.completion',
      model: 'tiny',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'The owl sleeps', refusal: null },
          finish_reason: 'stop',
        },
      ],
      usage,
    });
    expect(data.id).toMatch(/^chat-/);
    expect(Math.abs(data.created - Date.now() / 1_000)).toBeLessThan(60);
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    expect(engine.generated).toMatchObject([
      {
        chat: { messages: [{ role: 'user', content: 'What does the owl do?' }] },
        stopping: { maxTokens: 9, stop: ['END'] },
        sampling: { temperature: 0, seed: '18446744073709551615' },
        clientStreams: false,
      },
    ]);
  });

  it('gets the same text in pieces, the role first and the usage last', async () => {
    const { openai, engine } = await startHttpMesh();
    const { text, chunks } = await streamed(openai, { stream_options: { include_usage: true } });
    expect(text).toBe('The owl sleeps');
    expect(
      chunks.map(({ choices, usage: told }) => [choices[0]?.delta, choices[0]?.finish_reason, told]),
    ).toEqual([
      [{ role: 'assistant', content: '' }, null, null],
      [{ content: 'The' }, null, null],
      [{ content: ' owl' }, null, null],
      [{ content: ' sleeps' }, null, null],
      [{}, 'stop', null],
      [undefined, undefined, usage],
    ]);
    expect(new Set(chunks.map(({ id, object, model }) => `${id} ${object} ${model}`)).size).toBe(1);
    expect(engine.generated).toMatchObject([{ clientStreams: true }]);
    const without = await streamed(openai);
    expect(without.chunks.filter((chunk) => 'usage' in chunk)).toEqual([]);
  });

  it('continues a text, whole and in pieces', async () => {
    const { openai, engine } = await startHttpMesh();
    const whole = await openai.completions.create({ model: 'tiny', prompt: 'The' });
    expect(whole).toMatchObject({
      object: 'text_completion',
      choices: [{ index: 0, text: 'The owl sleeps', finish_reason: 'stop' }],
      usage,
    });
    let text = '';
    for await (const chunk of await openai.completions.create({ model: 'tiny', prompt: 'The', stream: true }))
      text += chunk.choices[0]?.text ?? '';
    expect(text).toBe('The owl sleeps');
    expect(engine.generated).toMatchObject([{ text: 'The' }, { text: 'The' }]);
  });

  it('reads a conversation in parts, and the newer name of a system prompt', async () => {
    const { openai, engine } = await startHttpMesh();
    await openai.chat.completions.create({
      model: 'tiny',
      messages: [
        { role: 'developer', content: 'Be brief.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Hel' },
            { type: 'text', text: 'lo' },
          ],
        },
        { role: 'assistant', content: 'Hi.', refusal: null, tool_calls: [] },
        { role: 'user', content: 'Bye' },
      ],
    });
    expect(engine.generated[0]?.chat?.messages).toEqual([
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Hello' },
      { role: 'assistant', content: 'Hi.' },
      { role: 'user', content: 'Bye' },
    ]);
  });

  it('cancels what it aborts: the engine stops, the lease is given back', async () => {
    const mesh = await startHttpMesh();
    const cancelled = Promise.withResolvers<void>();
    mesh.engine.generate = async function* (_request, ctx) {
      ctx.signal.addEventListener('abort', () => cancelled.resolve());
      yield accepted;
      yield started;
      yield delta('The');
      await new Promise(() => {});
    };
    const leaving = new AbortController();
    const stream = await mesh.openai.chat.completions.create(
      { ...ask, stream: true },
      { signal: leaving.signal },
    );
    const read = (async () => {
      for await (const chunk of stream) if (chunk.choices[0]?.delta.content === 'The') leaving.abort();
    })();
    await read;
    await cancelled.promise;
    await eventually(() => expect(releases(mesh)).toEqual([expect.stringMatching(/:cancelled$/)]));
    expect(mesh.finished).toMatchObject([{ outcome: 'CANCELLED', completionTokens: 1 }]);
    expect(mesh.edge.inFlight).toBe(0);

    const unary = mesh.openai.chat.completions.create(ask, { signal: AbortSignal.timeout(100) });
    expect(await failure(unary)).toBeInstanceOf(APIUserAbortError);
    await eventually(() => expect(mesh.finished).toHaveLength(2));
    expect(mesh.finished[1]).toMatchObject({ outcome: 'CANCELLED' });
  });

  it('sends again what had no device, after the time it is told', async () => {
    const mesh = await startHttpMesh();
    let times = 0;
    mesh.engine.generate = () => {
      times += 1;
      if (times === 1) throw new RpcError('RESOURCE_EXHAUSTED', 'The engine is full.', { retryAfterMs: 10 });
      return threeWords();
    };
    const { data, response } = await mesh.openai.chat.completions
      .create(ask, { maxRetries: 2 })
      .withResponse();
    expect(data.choices[0]?.message.content).toBe('The owl sleeps');
    expect(response.status).toBe(200);
  });
});

describe('errors, in the shape that its clients know', () => {
  const refused: readonly [string, object, string, string][] = [
    ['no messages', { messages: [] }, 'messages', 'is empty'],
    ['messages of another kind', { messages: 'Hi' }, 'messages', 'is a text; give a list'],
    ['an unknown role', { messages: [{ role: 'tool', content: 'x' }] }, 'messages[0].role', 'is "tool"'],
    [
      'a picture',
      { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'x' } }] }] },
      'messages[0].content[0]',
      'only parts of type "text"',
    ],
    ['tools', { tools: [{ type: 'function' }] }, 'tools', 'is not offered here'],
    ['several choices', { n: 2 }, 'n', 'is not offered here; leave it out, or give 1'],
    ['log probabilities', { logprobs: true }, 'logprobs', 'is not offered here'],
    ['sound', { modalities: ['audio'] }, 'modalities', 'is not offered here'],
    ['penalties', { presence_penalty: 0.5 }, 'presence_penalty', 'is not offered here'],
    ['a field of nobody', { temprature: 1 }, 'temprature', 'is not a field of this request'],
    ['a text as number', { max_tokens: '5' }, 'max_tokens', 'is a text; give a number'],
    ['tokens below 1', { max_tokens: 0 }, 'max_tokens', 'give a whole number from 1'],
    ['two limits', { max_tokens: 1, max_completion_tokens: 2 }, 'max_tokens', 'give one of them'],
    ['heat', { temperature: 3 }, 'temperature', 'give a number from 0 to 2'],
    ['options of no stream', { stream_options: { include_usage: true } }, 'stream_options', 'without stream'],
  ];
  it.each(refused)('refuses %s by name', async (_what, body, param, words) => {
    const { openai, engine } = await startHttpMesh();
    const error = await failure(openai.chat.completions.create({ ...ask, ...body } as typeof ask));
    expect(error).toBeInstanceOf(BadRequestError);
    expect(error).toMatchObject({ status: 400, type: 'invalid_request_error', param });
    expect(error.message).toContain(words);
    expect(engine.generated).toEqual([]);
  });

  it('takes what asks for nothing', async () => {
    const { openai } = await startHttpMesh();
    const nothing = { n: 1, logprobs: false, tools: [], presence_penalty: 0, logit_bias: {}, audio: null };
    const { choices } = await openai.chat.completions.create({ ...ask, ...nothing });
    expect(choices[0]?.finish_reason).toBe('stop');
  });

  it('names the models where another is asked for', async () => {
    const { openai } = await startHttpMesh();
    for (const stream of [false, true]) {
      const error = await failure(openai.chat.completions.create({ ...ask, model: 'huge', stream }));
      expect(error).toBeInstanceOf(NotFoundError);
      expect(error).toMatchObject({ code: 'model_not_found', param: 'model' });
      expect(error.message).toContain('Served now: tiny.');
    }
  });

  it('says when to come again', async () => {
    const { openai } = await startHttpMesh({ maxConcurrent: 1 });
    const held = await startHttpMesh({ maxConcurrent: 1 });
    held.engine.generate = async function* () {
      yield accepted;
      yield delta('The');
      await new Promise(() => {});
    };
    const stream = await held.openai.chat.completions.create({ ...ask, stream: true });
    const error = await failure(held.openai.chat.completions.create(ask));
    expect(error).toBeInstanceOf(RateLimitError);
    expect(error).toMatchObject({ status: 429, code: 'rate_limit_exceeded' });
    expect(error.headers?.get('retry-after')).toBe('1');
    stream.controller.abort();
    expect((await openai.models.list()).data).toHaveLength(1);
  });

  it('ends a request at the deadline, and tells not to send it again', async () => {
    const mesh = await startHttpMesh({ defaultDeadlineMs: 200 });
    mesh.engine.generate = async function* () {
      yield accepted;
      await new Promise(() => {});
    };
    for (const stream of [false, true]) {
      const error = await failure(mesh.openai.chat.completions.create({ ...ask, stream }, { maxRetries: 2 }));
      expect(error).toMatchObject({ status: 504, code: 'deadline_exceeded', type: 'server_error' });
    }
    expect(mesh.engine.generated).toHaveLength(2);
  });

  it('tells of a failure within a stream as its last event', async () => {
    const mesh = await startHttpMesh();
    mesh.engine.generate = async function* () {
      yield accepted;
      yield delta('The');
      throw new RpcError('UNAVAILABLE', 'The engine stops.');
    };
    const answer = await fetch(`${mesh.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...ask, stream: true }),
    });
    expect(answer.status).toBe(200);
    const events = (await answer.text()).trim().split('\n\n');
    expect(events.at(-2)).toContain('"content":"The"');
    expect(JSON.parse(events.at(-1)?.replace('data: ', '') ?? '')).toEqual({
      error: {
        message: expect.stringContaining('The engine was lost after 1 token.'),
        type: 'server_error',
        param: null,
        code: 'service_unavailable',
      },
    });
    const error = await failure(streamed(mesh.openai));
    expect(error.message).toContain('The engine was lost after 1 token.');
  });

  const raw: readonly [string, string, RequestInit, number, string][] = [
    ['what is no JSON', '/v1/chat/completions', { method: 'POST', body: '{' }, 400, 'invalid_json'],
    ['no body', '/v1/chat/completions', { method: 'POST' }, 400, ''],
    ['a list', '/v1/chat/completions', { method: 'POST', body: '[]' }, 400, ''],
    ['5 MB', '/v1/completions', { method: 'POST', body: `"${'x'.repeat(5e6)}"` }, 413, 'body_too_large'],
    ['another path', '/v1/images', { method: 'POST', body: '{}' }, 404, 'unknown_url'],
    ['another method', '/v1/chat/completions', {}, 404, 'unknown_url'],
  ];
  it.each(raw)('answers %s in the same shape', async (_what, path, init, status, code) => {
    const { url } = await startHttpMesh();
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${url}${path}`, { ...init, ...(init.body === undefined ? {} : { headers }) });
    expect(answer.status).toBe(status);
    const { error } = (await answer.json()) as { error: Record<string, unknown> };
    expect(error).toEqual({
      message: expect.stringMatching(/\w.*\.$/),
      type: 'invalid_request_error',
      param: code === '' ? expect.any(String) : null,
      code: code === '' ? null : code,
    });
  });
});

describe('the process', () => {
  it('tells that it lives, and whether it can answer', async () => {
    const { url, edge } = await startHttpMesh();
    const status = async (path: string) => (await fetch(`${url}${path}`)).status;
    expect([await status('/healthz'), await status('/readyz')]).toEqual([200, 200]);
    edge.setReady(false);
    expect([await status('/healthz'), await status('/readyz')]).toEqual([200, 503]);
  });

  it('lets running requests finish before it stops', async () => {
    const mesh = await startHttpMesh();
    const go = Promise.withResolvers<void>();
    mesh.engine.generate = async function* () {
      await go.promise;
      yield* threeWords();
    };
    const running = mesh.openai.chat.completions.create(ask);
    await eventually(() => expect(mesh.engine.generated).toHaveLength(1));
    const drained = mesh.edge.drain(5_000, new AbortController().signal);
    const refused = await failure(mesh.openai.chat.completions.create(ask));
    expect(refused).toMatchObject({ status: 503, message: expect.stringContaining('stopping') });
    go.resolve();
    expect((await running).choices[0]?.message.content).toBe('The owl sleeps');
    expect(await drained).toBe('drained');
  });
});
