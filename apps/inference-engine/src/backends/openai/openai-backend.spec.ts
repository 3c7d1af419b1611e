import { ConfigError, silentLogger } from '@ryzanstein/runtime';
import { RpcError } from '@ryzanstein/rpc';
import { secret } from '@ryzanstein/testing';
import type { GenerationRecord } from '../../domain/generation.ts';
import { createEngine, type Engine, type EngineRequest } from '../../engine.ts';
import {
  begin,
  delta,
  event,
  failing,
  hello,
  json,
  startScriptedOpenAiServer,
  stream,
  usage,
  type Answer,
  type ScriptedOpenAiServer,
} from '../../testing/scripted-openai-server.ts';
import { eventually } from '../../testing/eventually.ts';
import { ask, complete } from '../backend-contract.ts';
import type { Backend } from '../backend.ts';
import { openOpenAiBackend, type OpenAiOptions } from './openai-backend.ts';

let server: ScriptedOpenAiServer;
let backend: Backend;
let engine: Engine;

const options = (over: Partial<OpenAiOptions> = {}): OpenAiOptions => ({
  url: server.url,
  slots: 2,
  contextTokens: 64,
  maxQueue: 1,
  maxUnreadTokens: 8,
  logger: silentLogger,
  random: () => 0,
  ...over,
});

async function open(
  pages: Readonly<Record<string, Answer>> = {},
  over: Partial<OpenAiOptions> = {},
): Promise<void> {
  server = await startScriptedOpenAiServer({ pages });
  backend = await openOpenAiBackend(options(over));
  engine = createEngine(backend);
}

afterEach(async () => {
  await backend.close(new Error('closed'));
  await server.close();
});

/** How a request went, whichever way. */
async function run(
  request: EngineRequest,
): Promise<{ text: string; error?: RpcError; record: GenerationRecord }> {
  const records: GenerationRecord[] = [];
  const answer = engine.submit({ ...request, onEnd: (record) => void records.push(record) });
  if (answer.kind !== 'running') throw new Error(JSON.stringify(answer));
  let text = '';
  let error: RpcError | undefined;
  try {
    for await (const one of answer.generation) if (one.type === 'delta') text += one.text;
  } catch (reason) {
    error = RpcError.from(reason);
  }
  const [record] = records;
  if (record === undefined || records.length > 1) throw new Error(`told ${records.length} times`);
  return { text, record, ...(error === undefined ? {} : { error }) };
}

const model = (fields: object): Record<string, Answer> => ({
  '/v1/models': json(200, { data: [{ id: 'm', ...fields }] }),
});

describe('what a server is asked', () => {
  it('is everything that a request wishes, and what goes with its trace', async () => {
    await open({}, { apiKey: () => 'key-1' });
    const format = {
      type: 'json_schema',
      jsonSchema: '{"anyOf":[{"type":"object","properties":{"a":{"type":"integer"}}},{"type":"null"}]}',
    };
    const calls: number[] = [];
    await complete(
      engine,
      ask('Hi', {
        maxTokens: 7,
        temperature: 0.5,
        topP: 0.9,
        topK: 3,
        seed: 42n,
        stop: ['END'],
        format,
        onCall: (enqueuedAtMs) => (calls.push(enqueuedAtMs), { traceparent: 'tp', 'x-request-id': 'r' }),
      }),
    );
    await complete(engine, {
      prompt: { kind: 'text', text: 'Once' },
      format: { type: 'json_object', jsonSchema: '' },
    });
    expect(server.seen[0]).toMatchObject({
      path: '/v1/chat/completions',
      headers: { authorization: 'Bearer key-1', traceparent: 'tp', 'x-request-id': 'r' },
    });
    expect(calls).toHaveLength(1);
    expect(server.seen.map(({ body }) => body)).toEqual([
      {
        model: 'm',
        messages: [{ role: 'user', content: 'Hi' }],
        stream: true,
        stream_options: { include_usage: true },
        max_tokens: 7,
        temperature: 0.5,
        top_p: 0.9,
        top_k: 3,
        seed: 42,
        stop: ['END'],
        response_format: {
          type: 'json_schema',
          json_schema: {
            name: 'answer',
            strict: true,
            schema: {
              anyOf: [
                {
                  type: 'object',
                  properties: { a: { type: 'integer' } },
                  required: ['a'],
                  additionalProperties: false,
                },
                { type: 'null' },
              ],
            },
          },
        },
      },
      {
        model: 'm',
        prompt: 'Once',
        stream: true,
        stream_options: { include_usage: true },
        temperature: 0,
        top_p: 1,
        seed: expect.any(Number),
        response_format: { type: 'json_object' },
      },
    ]);
  });

  it('is what its kind of server knows beside OpenAI', async () => {
    await open(model({ owned_by: 'vllm', max_model_len: 4096 }));
    expect(backend).toMatchObject({
      provider: 'vllm',
      model: { contextTokens: 4096 },
      promises: { ignoresEos: true },
    });
    await complete(engine, ask('Hi', { ignoreEos: true }));
    expect(server.seen[0]?.body).toMatchObject({ ignore_eos: true, top_k: 0 });
  });

  it('leaves out what the server turned out not to take, from then on', async () => {
    await open();
    const picky: Answer = (response, request) => {
      const { stream_options: asksUsage, max_tokens: old } = request.body;
      if (asksUsage !== undefined) return failing(400, 'Unknown field: stream_options')(response, request);
      if (old !== undefined)
        return failing(400, "Unsupported parameter: use 'max_completion_tokens'")(response, request);
      stream(delta('a'), delta('b'), delta('', 'length'))(response, request);
    };
    server.script(...Array<Answer>(8).fill(picky));
    const [{ text, record }] = await Promise.all([
      run(ask('Hi', { maxTokens: 2 })),
      run(ask('Hi', { maxTokens: 2 })),
    ]);
    expect(text).toBe('ab');
    // Counted by its pieces, and said to be; of the prompt nobody knows.
    expect(record).toMatchObject({
      outcome: { finishReason: 'length' },
      usage: { completionTokens: 2 },
      run: { kind: 'remote', attempts: 1, tokensFrom: 'deltas', httpStatus: 200 },
    });
    expect(record.usage.promptTokens).toBeUndefined();
    const before = server.seen.length;
    await run(ask('Hi', { maxTokens: 2 }));
    expect(server.seen).toHaveLength(before + 1);
  });
});

describe('an answer', () => {
  it('tells the usage and the times of the server, and lacks no token that it counted', async () => {
    await open();
    server.script(
      stream(
        event({ choices: [{ delta: { role: 'assistant', content: '' } }] }),
        delta('Hello '),
        delta('you', 'stop'),
        usage(9, 5, { prompt_tokens_details: { cached_tokens: 4 } }),
        event({ choices: [], timings: { prompt_ms: 3.5, predicted_ms: 40 } }),
      ),
    );
    const answer = await complete(engine, ask('Hi'));
    expect(answer).toMatchObject({ text: 'Hello you', tokens: 5 });
    expect(answer.events.at(-1)).toMatchObject({
      finishReason: 'stop',
      usage: { promptTokens: 9, completionTokens: 5, cachedPromptTokens: 4 },
      timings: { steps: 0, meanBatch: 1 },
    });
    server.script(
      stream(delta('x', 'eos_token'), event({ choices: [], timings: { prompt_ms: 3.5, predicted_ms: 40 } })),
    );
    expect((await run(ask('Hi'))).record.run).toMatchObject({ prefillMs: 3.5, decodeMs: 40 });
  });

  it('may come in one piece, or lack its last word', async () => {
    await open();
    const whole = {
      choices: [{ message: { content: 'Hi!' }, finish_reason: 'length' }],
      usage: { prompt_tokens: 1, completion_tokens: 2 },
    };
    const unfinished: Answer = (response) => {
      begin(response);
      response.end(delta('Hi!', 'length'));
    };
    server.script(json(200, whole), unfinished);
    for (let time = 0; time < 2; time++)
      expect(await run(ask('Hi'))).toMatchObject({
        text: 'Hi!',
        record: { outcome: { finishReason: 'length' } },
      });
  });

  it('waits for its reader, at the server, too', async () => {
    await open();
    const pieces = 20_000;
    let written = 0;
    const flood: Answer = (response) => {
      begin(response);
      const more = (): void => {
        while (written < pieces) {
          written++;
          if (!response.write(delta('word '.repeat(50)))) return void response.once('drain', more);
        }
        response.end(`${delta('', 'stop')}data: [DONE]\n\n`);
      };
      more();
    };
    server.script(flood);
    const answer = engine.submit(ask('Hi'));
    if (answer.kind !== 'running') throw new Error(answer.kind);
    const events = answer.generation[Symbol.asyncIterator]();
    while ((await events.next()).value?.type !== 'delta');
    let seen = -1;
    await eventually(() => {
      const still = seen === written;
      seen = written;
      expect(still).toBe(true);
    });
    expect(written).toBeLessThan(pieces);
    let tokens = 0;
    for await (const one of { [Symbol.asyncIterator]: () => events })
      if (one.type === 'delta') tokens += one.tokens;
    expect(written).toBe(pieces);
    expect(tokens).toBeGreaterThan(pieces - 100);
  });
});

describe('a server that fails', () => {
  const cut: Answer = (response) => void response.destroy();
  const cutMidst: Answer = (response) => {
    begin(response);
    response.write(delta('Hel'), () => response.destroy());
  };
  const raw =
    (...parts: string[]): Answer =>
    (response) => {
      begin(response);
      response.end(parts.join(''));
    };

  it.each<[string, readonly Answer[], string, number]>([
    ['is not ready', [failing(503, 'loading'), failing(502, 'bad gateway')], 'Hello', 3],
    ['is busy', [failing(429, 'busy', { 'retry-after-ms': '20' })], 'Hello', 2],
    ['closes the connection', [cut], 'Hello', 2],
    [
      'breaks off before the text',
      [(response) => (begin(response), response.flushHeaders(), response.destroy())],
      'Hello',
      2,
    ],
    [
      'says in the stream that it is busy',
      [raw(event({ error: { message: 'x', type: 'rate_limit_error' } }))],
      'Hello',
      2,
    ],
  ])('and %s is asked again', async (_, answers, text, attempts) => {
    await open();
    server.script(...answers);
    const went = await run(ask('Hi'));
    expect(went).toMatchObject({ text, record: { run: { attempts, httpStatus: 200 } } });
    expect(went.error).toBeUndefined();
  });

  it.each<[string, Answer, string, string, RegExp]>([
    ['an error of its own', failing(500, 'boom'), '', 'UNAVAILABLE', /failed \(HTTP 500: boom\)/],
    [
      'a request that it refuses',
      failing(400, 'too long.'),
      '',
      'INVALID_ARGUMENT',
      /refuses the request \(HTTP 400: too long\)/,
    ],
    ['a wrong key', failing(401, 'no'), '', 'UNAVAILABLE', /RYZ_OPENAI_API_KEY_FILE/],
    ['what it does not offer', failing(404, 'no'), '', 'UNIMPLEMENTED', /does not offer \/chat\/completions/],
    [
      'a long wait',
      failing(429, 'no', { 'retry-after': '30' }),
      '',
      'RESOURCE_EXHAUSTED',
      /no more requests/,
    ],
    ['a broken connection', cutMidst, 'Hel', 'UNAVAILABLE', /broke its answer off/],
    ['half a text', raw(delta('Hel')), 'Hel', 'UNAVAILABLE', /before the text was complete/],
    ['no JSON', raw(delta('Hel'), 'data: {oops\n\n'), 'Hel', 'UNAVAILABLE', /no JSON/],
    [
      'an error amid the text',
      raw(delta('Hel'), event({ error: { message: 'boom' } })),
      'Hel',
      'UNAVAILABLE',
      /boom/,
    ],
    ['a text given up', raw(delta('Hel'), delta('', 'abort')), 'Hel', 'UNAVAILABLE', /gave the text up/],
  ])('with %s is asked once', async (_, answer, text, code, message) => {
    await open();
    server.script(answer);
    const went = await run(ask('Hi'));
    expect(went).toMatchObject({
      text,
      error: { code },
      record: { outcome: { kind: 'failed' }, run: { attempts: 1 } },
    });
    expect(went.error?.message).toMatch(message);
    expect(went.error?.message).toMatch(/^The server that runs the model .*\.$/);
    expect(server.seen).toHaveLength(1);
    expect(backend.load).toMatchObject({ active: 0, queued: 0 });
  });

  it('without an end is asked four times', async () => {
    await open();
    server.script(
      ...Array<Answer>(9).fill(
        (response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<p>'),
      ),
    );
    expect(await run(ask('Hi'))).toMatchObject({
      error: { code: 'UNAVAILABLE' },
      record: { run: { attempts: 4 } },
    });
    expect(server.seen).toHaveLength(4);
  });

  it('is not quoted where it repeats a part of the prompt', async () => {
    await open();
    const prompt = secret('The owl sleeps in the old oak.');
    server.script(
      failing(400, `cannot read {"content": "${prompt}"}`),
      failing(400, 'cannot read [The owl sle'),
    );
    for (const message of [/\(HTTP 400\)\.$/, /\(HTTP 400\)\.$/]) {
      const { error } = await run(ask(prompt));
      expect(error?.message).toMatch(message);
    }
  });

  it('hears at once that nobody waits any more', async () => {
    await open();
    server.script(
      (response) => (begin(response), void response.write(delta('Hel'))),
      () => undefined,
    );
    for (const waitsFor of ['delta', 'started']) {
      const records: GenerationRecord[] = [];
      const answer = engine.submit(ask('Hi', { onEnd: (record) => void records.push(record) }));
      if (answer.kind !== 'running') throw new Error(answer.kind);
      const gone = new Error('gone');
      await expect(
        (async () => {
          for await (const { type } of answer.generation) {
            if (type !== waitsFor) continue;
            await eventually(() => expect(server.seen).toHaveLength(waitsFor === 'delta' ? 1 : 2));
            answer.generation.cancel(gone);
          }
        })(),
      ).rejects.toBe(gone);
      expect(records).toMatchObject([{ outcome: { kind: 'cancelled', reason: gone } }]);
      expect(backend.load.active).toBe(0);
    }
    await eventually(() => expect(server.abandoned).toBe(2));
  });
});

it('keeps a short queue of its own, and refuses beyond it', async () => {
  await open();
  const held: (() => void)[] = [];
  const hold: Answer = (response, request) => void held.push(() => hello(response, request));
  server.script(hold, hold);
  const [first, second, third] = [run(ask('1')), run(ask('2')), run(ask('3'))];
  await eventually(() => expect(held).toHaveLength(2));
  expect(backend.load).toMatchObject({ active: 2, queued: 1 });
  expect(engine.submit(ask('4'))).toMatchObject({ kind: 'queue_full', queued: 1 });
  for (const answer of held) answer();
  const all = await Promise.all([first, second, third]);
  expect(all.map(({ record }) => record.queueReason)).toEqual(['none', 'none', 'slots_busy']);
  expect(all[2]?.record.timings.queueUs).toBeGreaterThan(0);
});

describe('the search for the model', () => {
  it.each<[string, Record<string, Answer>, Partial<OpenAiOptions>, RegExp]>([
    ['no API', { '/v1/models': failing(404, 'no') }, {}, /RYZ_OPENAI_URL.*ends with \/v1/],
    ['a key that is missing', { '/v1/models': failing(401, 'no') }, {}, /RYZ_OPENAI_API_KEY_FILE/],
    ['what is no list', { '/v1/models': json(200, 'hi') }, {}, /no list of models/],
    [
      'several',
      { '/v1/models': json(200, { data: [{ id: 'a' }, { id: 'b' }] }) },
      {},
      /RYZ_OPENAI_MODEL: a, b/,
    ],
    ['no such', {}, { model: 'x' }, /RYZ_OPENAI_MODEL="x".*it has m/],
  ])('ends with a sentence where there is %s', async (_, pages, over, problem) => {
    await open();
    const other = await startScriptedOpenAiServer({ pages });
    const error: unknown = await openOpenAiBackend(options({ ...over, url: other.url })).catch(
      (reason: unknown) => reason,
    );
    await other.close();
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as Error).message).toMatch(problem);
  });

  it('waits for a server that is not there yet, or has no model yet, and can be given up', async () => {
    await open();
    const { port } = server;
    await backend.close(new Error('closed'));
    await server.close();
    const giveUp = new AbortController();
    const given = openOpenAiBackend(options({ signal: giveUp.signal }));
    giveUp.abort();
    await expect(given).rejects.toMatchObject({ name: 'AbortError' });
    const waiting = openOpenAiBackend(options());
    server = await startScriptedOpenAiServer({ port, pages: { '/v1/models': json(200, { data: [] }) } });
    server.pages['/v1/models'] = json(200, { data: [{ id: 'late' }] });
    backend = await waiting;
    expect(backend.model.name).toBe('late');
  });
});

it.each([
  ['health of its own', true],
  ['nothing but a list of models', false],
])('is live as long as a server with %s is', async (_, hasHealth) => {
  const healthy: Record<string, Answer> = hasHealth ? { '/health': (response) => void response.end() } : {};
  await open(healthy);
  const { port } = server;
  const changes: boolean[] = [];
  backend.onLiveChange(() => changes.push(backend.live));
  await server.close();
  // A call that fails is reason enough to look.
  expect((await run(ask('Hi'))).error?.code).toBe('UNAVAILABLE');
  await eventually(() => expect(changes).toEqual([false]));
  server = await startScriptedOpenAiServer({
    port,
    pages: { ...healthy, '/v1/models': json(200, { data: [{ id: 'other' }] }) },
  });
  const page = server.pages['/v1/models'];
  await eventually(() => expect(page).toBeDefined());
  expect(backend.live).toBe(false);
  server.pages['/v1/models'] = json(200, { data: [{ id: 'm' }] });
  await eventually(() => expect(changes).toEqual([false, true]));
  if (hasHealth) {
    server.pages['/health'] = failing(503, 'dead');
    await eventually(() => expect(changes).toEqual([false, true, false]));
  }
});

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
    expect(await backend.tokenize(text, signal)).toMatchObject(ofText);
    expect(await backend.tokenize(chat, signal)).toMatchObject(ofChat);
  });
});

describe('embeddings', () => {
  const embed = async (texts: readonly string[]): Promise<readonly Float32Array[]> => {
    const answer = await engine.embed({ texts, signal: new AbortController().signal });
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
    expect(backend.embeddings).toEqual({ dimensions: 2 });
    expect(server.seen[0]?.body).toEqual({ model: 'm', input: ['a', 'b'], encoding_format: 'base64' });
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
    expect(server.seen.map(({ body }) => body['encoding_format'])).toEqual(['base64', 'float', 'float']);
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
