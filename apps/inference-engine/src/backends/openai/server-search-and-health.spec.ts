import { ConfigError } from '@ryzanstein/runtime';
import { open, options, run, under } from '../../../test/openai-under-test.ts';
import { eventually } from '../../testing/eventually.ts';
import {
  failing,
  json,
  startScriptedOpenAiServer,
  type Answer,
} from '../../testing/scripted-openai-server.ts';
import { ask } from '../backend-contract.ts';
import { openOpenAiBackend, type OpenAiOptions } from './openai-backend.ts';

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
    const { port } = under.server;
    await under.backend.close(new Error('closed'));
    await under.server.close();
    const giveUp = new AbortController();
    const given = openOpenAiBackend(options({ signal: giveUp.signal }));
    giveUp.abort();
    await expect(given).rejects.toMatchObject({ name: 'AbortError' });
    const waiting = openOpenAiBackend(options());
    under.server = await startScriptedOpenAiServer({
      port,
      pages: { '/v1/models': json(200, { data: [] }) },
    });
    under.server.pages['/v1/models'] = json(200, { data: [{ id: 'late' }] });
    under.backend = await waiting;
    expect(under.backend.model.name).toBe('late');
  });
});

it.each([
  ['health of its own', true],
  ['nothing but a list of models', false],
])('is live as long as a server with %s is', async (_, hasHealth) => {
  const healthy: Record<string, Answer> = hasHealth ? { '/health': (response) => void response.end() } : {};
  await open(healthy);
  const { port } = under.server;
  const changes: boolean[] = [];
  under.backend.onLiveChange(() => changes.push(under.backend.live));
  await under.server.close();
  // A call that fails is reason enough to look.
  expect((await run(ask('Hi'))).error?.code).toBe('UNAVAILABLE');
  await eventually(() => expect(changes).toEqual([false]));
  under.server = await startScriptedOpenAiServer({
    port,
    pages: { ...healthy, '/v1/models': json(200, { data: [{ id: 'other' }] }) },
  });
  const page = under.server.pages['/v1/models'];
  await eventually(() => expect(page).toBeDefined());
  expect(under.backend.live).toBe(false);
  under.server.pages['/v1/models'] = json(200, { data: [{ id: 'm' }] });
  await eventually(() => expect(changes).toEqual([false, true]));
  if (hasHealth) {
    under.server.pages['/health'] = failing(503, 'dead');
    await eventually(() => expect(changes).toEqual([false, true, false]));
  }
});
