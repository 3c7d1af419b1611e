import { secret } from '@ryzanstein/testing';
import { open, run, under } from '../../../test/openai-under-test.ts';
import type { GenerationRecord } from '../../domain/generation.ts';
import { eventually } from '../../testing/eventually.ts';
import { begin, delta, event, failing, type Answer } from '../../testing/scripted-openai-server.ts';
import { ask } from '../backend-contract.ts';

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
    under.server.script(...answers);
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
    [
      'an end without a reason',
      raw(delta('Hel'), 'data: [DONE]\n\n'),
      'Hel',
      'UNAVAILABLE',
      /before the text was complete/,
    ],
    ['a text given up', raw(delta('Hel'), delta('', 'abort')), 'Hel', 'UNAVAILABLE', /gave the text up/],
  ])('with %s is asked once', async (_, answer, text, code, message) => {
    await open();
    under.server.script(answer);
    const went = await run(ask('Hi'));
    expect(went).toMatchObject({
      text,
      error: { code },
      record: { outcome: { kind: 'failed' }, run: { attempts: 1 } },
    });
    expect(went.error?.message).toMatch(message);
    expect(went.error?.message).toMatch(/^The server that runs the model .*\.$/);
    expect(under.server.seen).toHaveLength(1);
    expect(under.backend.load).toMatchObject({ active: 0, queued: 0 });
  });

  it('without an end is asked four times', async () => {
    await open();
    under.server.script(
      ...Array<Answer>(9).fill(
        (response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<p>'),
      ),
    );
    expect(await run(ask('Hi'))).toMatchObject({
      error: { code: 'UNAVAILABLE' },
      record: { run: { attempts: 4 } },
    });
    expect(under.server.seen).toHaveLength(4);
  });

  it('is not quoted where it repeats a part of the prompt', async () => {
    await open();
    const prompt = secret('The owl sleeps in the old oak.');
    under.server.script(
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
    under.server.script(
      (response) => (begin(response), void response.write(delta('Hel'))),
      () => undefined,
    );
    for (const waitsFor of ['delta', 'started']) {
      const records: GenerationRecord[] = [];
      const answer = under.engine.submit(ask('Hi', { onEnd: (record) => void records.push(record) }));
      if (answer.kind !== 'running') throw new Error(answer.kind);
      const gone = new Error('gone');
      await expect(
        (async () => {
          for await (const { type } of answer.generation) {
            if (type !== waitsFor) continue;
            await eventually(() => expect(under.server.seen).toHaveLength(waitsFor === 'delta' ? 1 : 2));
            answer.generation.cancel(gone);
          }
        })(),
      ).rejects.toBe(gone);
      expect(records).toMatchObject([{ outcome: { kind: 'cancelled', reason: gone } }]);
      expect(under.backend.load.active).toBe(0);
    }
    await eventually(() => expect(under.server.abandoned).toBe(2));
  });
});
