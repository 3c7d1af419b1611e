import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { awaitTrace, findTrace } from './await-trace.ts';
import { chatSpans, otlpJson } from '@ryzanstein/trace-analysis/testing';
import { openTraceStore, TraceStoreError, type TraceStore } from './trace-store.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const page = '<!doctype html><title>Jaeger UI</title>';

type Answer = { status?: number; type?: string; body: unknown };

let server: Server;
let store: TraceStore;
let answer: (url: URL) => Answer | 'nothing yet' | undefined;
let asked: URL[];

function respond(request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'http://store');
  asked.push(url);
  const unknown: Answer =
    url.pathname === '/api/v3/services' ? { body: { services: [] } } : { status: 404, body: {} };
  const answered = answer(url) ?? unknown;
  if (answered === 'nothing yet') return;
  const { status = 200, type = 'application/json', body } = answered;
  response.writeHead(status, { 'content-type': type, connection: 'close' });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}

beforeEach(async () => {
  asked = [];
  server = createServer(respond).listen(0, '127.0.0.1');
  await once(server, 'listening');
  store = openTraceStore(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
});

afterEach(async () => {
  server.close();
  server.closeAllConnections();
  await once(server, 'close');
});

/** One trace as version 1 of the query API gives it. */
function tagged(id: string, requestId: string, startTime: number) {
  return {
    traceID: id,
    spans: [{ traceID: id, startTime, tags: [{ key: 'request.id', type: 'string', value: requestId }] }],
  };
}

describe('a trace store', () => {
  it('gives the spans of a trace, as text of any type', async () => {
    answer = (url) =>
      url.pathname === `/api/v3/traces/${traceId}`
        ? { type: 'text/plain', body: { result: otlpJson(chatSpans()) } }
        : undefined;
    expect((await store.spansOf(traceId)).map((span) => span.spanId)).toEqual(
      chatSpans().map((span) => span.spanId),
    );
    expect(store.linkTo(traceId)).toBe(`${store.url}/trace/${traceId}`);
  });

  it('has no spans where it answers 404, or a page as Jaeger 2.13 does to what it does not know', async () => {
    answer = () => ({ status: 404, body: { error: { message: 'No traces found' } } });
    expect(await store.spansOf(traceId)).toEqual([]);
    answer = () => ({ type: 'text/html; charset=utf-8', body: page });
    expect(await store.spansOf(traceId)).toEqual([]);
    expect(await store.logsOf(traceId)).toBeUndefined();
  });

  it('finds traces by request id over the services, verified, newest first', async () => {
    const [older, newer, others] = ['1', '2', '3'].map((digit) => digit.repeat(32)) as [
      string,
      string,
      string,
    ];
    answer = (url) => {
      if (url.pathname !== '/api/traces') return undefined;
      if (url.searchParams.get('service') !== 'ryzanstein-gpu') return { body: { data: [] } };
      return {
        body: { data: [tagged(older, 'req 1', 5), tagged(newer, 'req 1', 9), tagged(others, 'req 2', 20)] },
      };
    };
    expect(await store.tracesOfRequest('req 1')).toEqual([newer, older]);
    const search = asked.find((url) => url.pathname === '/api/traces');
    expect(search?.searchParams.get('tags')).toBe('{"request.id":"req 1"}');
  });

  it('falls back to version 3 of the search, in both spellings, and verifies there too', async () => {
    answer = (url) =>
      url.pathname === '/api/v3/traces' ? { body: { result: otlpJson(chatSpans()) } } : undefined;
    expect(await store.tracesOfRequest('req-1')).toEqual([traceId]);
    expect(await store.tracesOfRequest('req-2')).toEqual([]);
    const query = asked.find((url) => url.pathname === '/api/v3/traces')?.searchParams;
    for (const [snake, camel] of [
      ['service_name', 'serviceName'],
      ['start_time_min', 'startTimeMin'],
      ['start_time_max', 'startTimeMax'],
      ['num_traces', 'numTraces'],
    ])
      expect(query?.get(`query.${snake}`)).toBe(query?.get(`query.${camel}`) ?? 'absent');
    expect(query?.get('query.num_traces')).toBe('20');
  });

  it('gives logs where it is tracebox', async () => {
    const log = {
      timeUnixNano: '2',
      spanId: 'AB',
      severityNumber: 13,
      body: { stringValue: 'late' },
      service: 's',
    };
    const first = { timeUnixNano: '1', severityText: 'INFO', body: { intValue: '7' }, service: 's' };
    answer = (url) =>
      url.pathname === `/api/tracebox/traces/${traceId}` ? { body: { logs: [log, first] } } : undefined;
    expect(await store.logsOf(traceId)).toEqual([
      { timeNs: 1n, service: 's', level: 'info', message: '7' },
      { timeNs: 2n, spanId: 'ab', service: 's', level: 'warn', message: 'late' },
    ]);
  });

  it('waits longer for what a search finds than for one trace, and says of either how long', async () => {
    answer = () => 'nothing yet';
    const slow = openTraceStore(store.url, { answerWithinMs: 50, searchWithinMs: 80 });
    const search = { service: 'ryzanstein-api', lastMs: 60_000, limit: 500 };
    for (const [asking, within] of [
      [slow.spansOf(traceId), '0.05 s'],
      [slow.recent(search), '0.08 s'],
    ] as const)
      await expect(asking).rejects.toMatchObject({
        message: `${store.url} did not answer within ${within}`,
        mend: 'is it overloaded? `ryz slow --last 1m` reads less',
      });
  });

  it('says in a sentence that nothing answers, or that the answer is no use', async () => {
    answer = () => ({ status: 500, body: 'out of memory' });
    await expect(store.spansOf(traceId)).rejects.toThrow(
      new TraceStoreError(`${store.url} answered 500: out of memory`),
    );
    answer = () => ({ body: '{' });
    await expect(store.spansOf(traceId)).rejects.toThrow(`${store.url} answered what is not JSON`);
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
    other.close();
    await once(other, 'close');
    await expect(openTraceStore(url).spansOf(traceId)).rejects.toThrow(
      `No trace store answers at ${url} (ECONNREFUSED)`,
    );
  });
});

describe('waiting for a trace', () => {
  const traceAnswer = (spans: ReturnType<typeof chatSpans>) => ({ body: { result: otlpJson(spans) } });

  it('lasts until what was missing has come', async () => {
    const arrivals = [
      [],
      chatSpans().filter(({ spanId }) => spanId.startsWith('c')),
      chatSpans().slice(0, 9),
    ];
    answer = (url) => {
      if (!url.pathname.startsWith('/api/v3/traces/')) return { body: { data: [] } };
      const spans = arrivals.shift() ?? chatSpans();
      return spans.length === 0 ? undefined : traceAnswer(spans);
    };
    const trace = await awaitTrace(store, traceId, { waitMs: 15_000 });
    expect(trace?.spanCount).toBe(12);
    expect(arrivals).toEqual([]);
  });

  it('ends with what is there', async () => {
    answer = () => traceAnswer(chatSpans().slice(0, 2));
    expect((await awaitTrace(store, traceId, { waitMs: 0 }))?.unansweredCount).toBe(1);
    answer = () => undefined;
    expect(await awaitTrace(store, traceId, { waitMs: 0 })).toBeUndefined();
  });

  it('ends at once when it is given up', async () => {
    answer = () => undefined;
    const given = new AbortController();
    const waiting = awaitTrace(store, traceId, { waitMs: 15_000, signal: given.signal });
    given.abort();
    await expect(waiting).rejects.toThrow('abort');
  });

  it('knows a trace by its id, a traceparent, the address of its page, its request id and its reply', async () => {
    answer = (url) => {
      if (url.pathname === `/api/v3/traces/${traceId}`) return traceAnswer(chatSpans());
      if (url.pathname !== '/api/traces') return undefined;
      const known = url.searchParams.get('tags') === '{"request.id":"req-1"}';
      return { body: { data: known ? [tagged(traceId, 'req-1', 1)] : [] } };
    };
    for (const id of [
      traceId,
      traceId.toUpperCase(),
      `00-${traceId}-00f067aa0ba902b7-01`,
      `http://localhost:16686/trace/${traceId}?uiFind=x`,
      'req-1',
      'chat-req-1',
    ])
      expect([id, await findTrace(store, id, { waitMs: 0 })]).toEqual([id, { traceId, others: [] }]);
    expect(await findTrace(store, 'req-9', { waitMs: 0 })).toBeUndefined();
  });
});
