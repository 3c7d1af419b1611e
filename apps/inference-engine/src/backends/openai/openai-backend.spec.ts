import { model, open, run, under } from '../../../test/openai-under-test.ts';
import { eventually } from '../../testing/eventually.ts';
import {
  begin,
  delta,
  event,
  failing,
  json,
  stream,
  usage,
  hello,
  type Answer,
} from '../../testing/scripted-openai-server.ts';
import { ask, complete } from '../backend-contract.ts';

describe('what a server is asked', () => {
  it('is everything that a request wishes, and what goes with its trace', async () => {
    await open({}, { apiKey: () => 'key-1' });
    const format = {
      type: 'json_schema',
      jsonSchema: '{"anyOf":[{"type":"object","properties":{"a":{"type":"integer"}}},{"type":"null"}]}',
    };
    const calls: number[] = [];
    await complete(
      under.engine,
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
    await complete(under.engine, {
      prompt: { kind: 'text', text: 'Once' },
      format: { type: 'json_object', jsonSchema: '' },
    });
    expect(under.server.seen[0]).toMatchObject({
      path: '/v1/chat/completions',
      headers: { authorization: 'Bearer key-1', traceparent: 'tp', 'x-request-id': 'r' },
    });
    expect(calls).toHaveLength(1);
    expect(under.server.seen.map(({ body }) => body)).toEqual([
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
    expect(under.backend).toMatchObject({
      provider: 'vllm',
      model: { contextTokens: 4096 },
      promises: { ignoresEos: true },
    });
    await complete(under.engine, ask('Hi', { ignoreEos: true }));
    expect(under.server.seen[0]?.body).toMatchObject({ ignore_eos: true, top_k: 0 });
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
    under.server.script(...Array<Answer>(8).fill(picky));
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
    const before = under.server.seen.length;
    await run(ask('Hi', { maxTokens: 2 }));
    expect(under.server.seen).toHaveLength(before + 1);
  });
});

describe('an answer', () => {
  it('tells the usage and the times of the server, and lacks no token that it counted', async () => {
    await open();
    under.server.script(
      stream(
        event({ choices: [{ delta: { role: 'assistant', content: '' } }] }),
        delta('Hello '),
        delta('you', 'stop'),
        usage(9, 5, { prompt_tokens_details: { cached_tokens: 4 } }),
        event({ choices: [], timings: { prompt_ms: 3.5, predicted_ms: 40 } }),
      ),
    );
    const answer = await complete(under.engine, ask('Hi'));
    expect(answer).toMatchObject({ text: 'Hello you', tokens: 5 });
    expect(answer.events.at(-1)).toMatchObject({
      finishReason: 'stop',
      usage: { promptTokens: 9, completionTokens: 5, cachedPromptTokens: 4 },
      timings: { steps: 0, meanBatch: 1 },
    });
    under.server.script(
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
    under.server.script(json(200, whole), unfinished);
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
    under.server.script(flood);
    const answer = under.engine.submit(ask('Hi'));
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

it('keeps a short queue of its own, and refuses beyond it', async () => {
  await open();
  const held: (() => void)[] = [];
  const hold: Answer = (response, request) => void held.push(() => hello(response, request));
  under.server.script(hold, hold);
  const [first, second, third] = [run(ask('1')), run(ask('2')), run(ask('3'))];
  await eventually(() => expect(held).toHaveLength(2));
  expect(under.backend.load).toMatchObject({ active: 2, queued: 1 });
  expect(under.engine.submit(ask('4'))).toMatchObject({ kind: 'queue_full', queued: 1 });
  for (const answer of held) answer();
  const all = await Promise.all([first, second, third]);
  expect(all.map(({ record }) => record.queueReason)).toEqual(['none', 'none', 'slots_busy']);
  expect(all[2]?.record.timings.queueUs).toBeGreaterThan(0);
});
