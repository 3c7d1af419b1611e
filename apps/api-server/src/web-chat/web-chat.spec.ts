import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@ryzanstein/runtime';
import { fastify, type FastifyInstance } from 'fastify';
import { openAiError } from '../http/openai-error.ts';
import { addWebChat, type WebChatDeps } from './web-chat.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const stored = JSON.stringify({ result: { resourceSpans: [{ resource: {}, scopeSpans: [] }] } });

const folder = mkdtempSync(join(tmpdir(), 'ryzanstein-page-'));
const open: (FastifyInstance | Server)[] = [];

beforeAll(() => {
  writeFileSync(join(folder, 'index.html'), '<meta name="trace-link" content="{trace-link}" />');
  for (const file of ['page.js', 'page.css', 'icon.svg']) writeFileSync(join(folder, file), file);
});

afterAll(() => rmSync(folder, { recursive: true }));

afterEach(async () => {
  for (const one of open.splice(0)) {
    if ('closeAllConnections' in one) one.closeAllConnections();
    await new Promise<void>((resolve) => void one.close(() => resolve()));
  }
});

/** A trace store that answers as told. */
async function storeThat(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function chatOn(traceUrl: string, more: Partial<WebChatDeps> = {}): Promise<string> {
  const app = fastify({ forceCloseConnections: true });
  app.setErrorHandler((reason: unknown, _request, reply) => {
    const { status, body } = openAiError(reason);
    return reply.code(status).send(body);
  });
  addWebChat(app, {
    traceUrl,
    traceLink: 'http://t/?a=1&b="2"',
    pageFolder: folder,
    clock: systemClock,
    ...more,
  });
  open.push(app);
  return app.listen({ host: '127.0.0.1', port: 0 });
}

/** Status and sentence of an answer that is an error. */
async function refusalOf(url: string): Promise<readonly [number, string]> {
  const response = await fetch(url);
  const body = (await response.json()) as { readonly error: { readonly message: string } };
  return [response.status, body.error.message];
}

const json = { 'content-type': 'application/json' };

describe('/chat/trace', () => {
  it('is what the trace store has', async () => {
    const asked: (string | undefined)[] = [];
    const store = await storeThat(({ url }, answer) => {
      asked.push(url);
      answer.writeHead(200, json).end(stored);
    });
    const response = await fetch(`${await chatOn(store)}/chat/trace/${traceId}`);
    expect(response.status).toBe(200);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.text()).toBe(stored);
    expect(asked).toEqual([`/api/v3/traces/${traceId}`]);
  });

  it.each([
    ['unknown to the store', 404, json, '{"error":{"message":"trace not found"}}'],
    ['empty', 200, json, '{"result":{"resourceSpans":[]}}'],
  ])('says that no span is stored yet of a trace that is %s', async (_what, status, headers, body) => {
    const store = await storeThat((_request, answer) => answer.writeHead(status, headers).end(body));
    expect(await refusalOf(`${await chatOn(store)}/chat/trace/${traceId}`)).toEqual([
      404,
      'No span of this trace is stored yet.',
    ]);
  });

  it.each(['x', traceId.toUpperCase(), `${traceId}0`, `..%2F..%2F${traceId}`, `${traceId}%3Fa=b`])(
    'asks the store for no such id as %s',
    async (id) => {
      let asked = 0;
      const store = await storeThat((_request, answer) => {
        asked += 1;
        answer.end(stored);
      });
      expect(await refusalOf(`${await chatOn(store)}/chat/trace/${id}`)).toEqual([
        400,
        'A trace id is 32 digits of 0-9 and a-f.',
      ]);
      expect(asked).toBe(0);
    },
  );

  it.each([
    ['a page', 200, { 'content-type': 'text/html' }, '<html>', /leads to a web page/],
    ['a way elsewhere', 302, { location: 'http://127.0.0.1:1/' }, '', /answered with status 302/],
    ['a failure', 500, json, '{"secret":"of the store"}', /answered with status 500/],
    ['no JSON', 200, json, '{"result', /what is no trace/],
    ['other JSON', 200, json, 'null', /what is no trace/],
    ['spans that are no list', 200, json, '{"result":{"resourceSpans":{}}}', /what is no trace/],
  ])('tells in a sentence of a store that answers %s', async (_what, status, headers, body, sentence) => {
    const store = await storeThat((_request, answer) => answer.writeHead(status, headers as never).end(body));
    const [code, message] = await refusalOf(`${await chatOn(store)}/chat/trace/${traceId}`);
    expect(code).toBe(502);
    expect(message).toMatch(sentence);
    expect(message).not.toMatch(/secret|127\.0\.0\.1/);
  });

  it('tells of a store that is not there', async () => {
    const [code, message] = await refusalOf(`${await chatOn('http://127.0.0.1:1')}/chat/trace/${traceId}`);
    expect([code, message]).toEqual([
      502,
      'The trace store cannot be reached. Is it up, and is RYZ_TRACE_URL its address?',
    ]);
  });

  it.each([
    ['answers nothing', () => undefined],
    ['begins an answer', (_request: unknown, answer: Parameters<RequestListener>[1]) => answer.write('{')],
  ])('waits no longer than it may for a store that %s', async (_what, handle) => {
    const store = await storeThat(handle);
    const url = await chatOn(store, { answerWithinMs: 50 });
    expect(await refusalOf(`${url}/chat/trace/${traceId}`)).toEqual([
      502,
      'The trace store did not answer within 50 ms. Is it overloaded?',
    ]);
  });

  it('reads no more than it may of an answer without end', async () => {
    let left: () => void = () => undefined;
    const gone = new Promise<void>((resolve) => (left = resolve));
    const store = await storeThat((_request, answer) => {
      answer.writeHead(200, json);
      const more = (): void => {
        while (!answer.destroyed && answer.write('x'.repeat(65_536)));
      };
      answer.on('drain', more).on('close', left);
      more();
    });
    const url = await chatOn(store, { maxTraceBytes: 200_000 });
    expect(await refusalOf(`${url}/chat/trace/${traceId}`)).toEqual([
      502,
      'The trace is larger than 200000 bytes: open it in the trace store.',
    ]);
    await gone;
  });

  it('ends its question when the page leaves, and bounds how many there are', async () => {
    let asked = 0;
    let left = 0;
    let allAsked: () => void = () => undefined;
    let allLeft: () => void = () => undefined;
    const everyAsked = new Promise<void>((resolve) => (allAsked = resolve));
    const everyLeft = new Promise<void>((resolve) => (allLeft = resolve));
    const store = await storeThat((_request, answer) => {
      answer.on('close', () => ++left === 16 && allLeft());
      if (++asked === 16) allAsked();
    });
    const url = `${await chatOn(store)}/chat/trace/${traceId}`;
    const leaving = new AbortController();
    const pages = Array.from({ length: 16 }, () =>
      fetch(url, { signal: leaving.signal }).catch(() => undefined),
    );
    await everyAsked;
    expect(await refusalOf(url)).toEqual([429, '16 traces are being read; ask again in a second.']);
    leaving.abort();
    await Promise.all(pages);
    await everyLeft;
  });
});

describe('/chat', () => {
  it('is a page that runs nothing but its own files, and names the trace store', async () => {
    const url = await chatOn('http://127.0.0.1:1');
    const page = await fetch(`${url}/chat`);
    expect(await page.text()).toBe('<meta name="trace-link" content="http://t/?a=1&amp;b=&quot;2&quot;" />');
    expect(page.headers.get('content-security-policy')).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
    expect(page.headers.get('x-content-type-options')).toBe('nosniff');
    expect(page.headers.get('referrer-policy')).toBe('no-referrer');
    const script = await fetch(`${url}/chat/assets/page.js`);
    expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    const again = { 'if-none-match': script.headers.get('etag') ?? '' };
    expect((await fetch(`${url}/chat/assets/page.js`, { headers: again })).status).toBe(304);
  });

  it('refuses to start where the page is not built', () => {
    const parts = { traceUrl: '', traceLink: '', pageFolder: '/nowhere', clock: systemClock };
    expect(() => addWebChat(fastify(), parts)).toThrow(
      'The chat page is not built: run `npm run build`, or start without RYZ_WEB_CHAT.',
    );
  });
});
