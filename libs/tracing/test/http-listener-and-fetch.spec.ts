import type { Server } from 'node:http';
import { tracedFetch, tracedListener, type EndedRequest } from '../src/http.ts';
import type { Telemetry } from '../src/telemetry.ts';
import type { SpanRecorder } from '../src/testing.ts';
import { TraceContext, untraced } from '../src/trace-context.ts';
import { ask, closed, listening, portOf, recording, said, told } from './http-edge.ts';

let telemetry: Telemetry;
let recorder: SpanRecorder;
let server: Server | undefined;
let ended: EndedRequest[];
const observer = (request: EndedRequest) => void ended.push(request);

beforeEach(() => {
  ({ telemetry, recorder } = recording());
  ended = [];
});

afterEach(async () => {
  if (server !== undefined) await closed(server);
  server = undefined;
  await telemetry.shutdown();
});

describe('tracedListener', () => {
  it('serves within a span that knows its route', async () => {
    const routeOf = () => '/hello/:name';
    const listener = tracedListener(
      (request, response) => {
        request.on('data', () => {});
        request.on('end', () => response.end(TraceContext.current().requestId));
      },
      { routeOf, observer },
    );
    server = await listening(listener);
    const answer = await ask(portOf(server), '/hello/you?x', {
      method: 'POST',
      body: 'b',
      headers: { 'x-request-id': 'r' },
    });
    const [span] = await recorder.whenIdle();
    expect(said(span!)).toEqual({
      name: 'POST /hello/:name',
      kind: 'SERVER',
      status: 'UNSET',
      'http.request.method': 'POST',
      'http.route': '/hello/:name',
      'http.response.status_code': 200,
      'server.address': '127.0.0.1',
      'url.path': '/hello/you',
      'url.scheme': 'http',
    });
    expect([answer.body, answer.headers['traceresponse']]).toEqual([
      'r',
      `00-${span?.traceId}-${span?.spanId}-03`,
    ]);
    expect(ended.map(told)).toMatchObject([{ side: 'server', method: 'POST', statusCode: 200 }]);
  });

  it('ends once as an error when the listener throws, and passes the error on', async () => {
    const thrown: unknown[] = [];
    const failing = tracedListener(
      () => {
        throw new RangeError('no');
      },
      { observer },
    );
    server = await listening((request, response) => {
      try {
        failing(request, response);
      } catch (error) {
        thrown.push(error);
        response.writeHead(500).end();
      }
    });
    expect((await ask(portOf(server), '/')).status).toBe(500);
    expect((await recorder.whenIdle()).map(said)).toMatchObject([
      { status: 'ERROR', 'error.type': 'RangeError' },
    ]);
    expect([thrown, ended.length]).toEqual([[new RangeError('no')], 1]);
  });

  it('ends once as an error when the listener rejects, and passes the rejection on', async () => {
    const rejected: unknown[] = [];
    const failing = tracedListener(async () => Promise.reject(new RangeError('no')));
    server = await listening((request, response) => {
      void (failing(request, response) as Promise<unknown>).catch((error: unknown) => {
        rejected.push(error);
        response.writeHead(500).end();
      });
    });
    expect((await ask(portOf(server), '/')).status).toBe(500);
    expect((await recorder.whenIdle()).map(said)).toMatchObject([
      { status: 'ERROR', 'error.type': 'RangeError' },
    ]);
    expect(rejected).toEqual([new RangeError('no')]);
  });

  it('ends when the caller leaves before there is an answer', async () => {
    const arrived = Promise.withResolvers<void>();
    server = await listening(tracedListener(() => arrived.resolve(), { observer }));
    const controller = new AbortController();
    const asking = fetch(`http://127.0.0.1:${portOf(server)}/`, { signal: controller.signal });
    await arrived.promise;
    controller.abort();
    await expect(asking).rejects.toThrow('aborted');
    const [span] = await recorder.whenIdle();
    expect(said(span!)).toMatchObject({ name: 'GET', status: 'UNSET' });
    expect(span?.attributes).not.toHaveProperty('http.response.status_code');
    expect(ended.map(told)).toMatchObject([{ statusCode: undefined, errorType: undefined }]);
  });
});

describe('tracedFetch', () => {
  const echo = () => listening((request, response) => response.end(JSON.stringify(request.headers)));
  const urlOf = (of: Server, path = '/') => `http://127.0.0.1:${portOf(of)}${path}`;

  it('sends trace, baggage and request id, and has a span', async () => {
    server = await echo();
    const from = TraceContext.fromHeaders({ baggage: 'b=2', 'x-request-id': 'r', tracestate: 'a=1' });
    const fetch = tracedFetch(undefined, { observer });
    const answer = await from.run(() =>
      fetch(urlOf(server!, '/models?secret=1'), { headers: { mine: '1' } }),
    );
    const sent = (await answer.json()) as Record<string, string>;
    const [span] = await recorder.whenIdle();
    expect(said(span!)).toEqual({
      name: 'GET',
      kind: 'CLIENT',
      status: 'UNSET',
      'http.request.method': 'GET',
      'http.response.status_code': 200,
      'server.address': '127.0.0.1',
      'url.full': urlOf(server, '/models'),
      'url.scheme': 'http',
    });
    expect(sent).toMatchObject({
      mine: '1',
      baggage: 'b=2',
      'x-request-id': 'r',
      traceparent: `00-${span?.traceId}-${span?.spanId}-03`,
    });
    expect(ended.map(told)).toEqual([
      {
        side: 'client',
        method: 'GET',
        route: undefined,
        statusCode: 200,
        scheme: 'http',
        errorType: undefined,
      },
    ]);
  });

  it('takes what fetch takes: a Request with headers and a body, and a request id of the caller', async () => {
    server = await echo();
    const request = new Request(urlOf(server), {
      method: 'POST',
      body: 'b',
      headers: { mine: '1', 'x-request-id': 'q' },
    });
    const sent = (await (await tracedFetch()(request)).json()) as Record<string, string>;
    const [span] = await recorder.whenIdle();
    expect(sent).toMatchObject({ mine: '1', 'x-request-id': 'q', 'content-length': '1' });
    expect(span).toMatchObject({ name: 'POST', attributes: { 'request.id': 'q' } });
    expect((await (await tracedFetch()(new URL(urlOf(server)))).json()) as object).toHaveProperty(
      'traceparent',
    );
  });

  it.each([
    [404, 'ERROR', '404'],
    [503, 'ERROR', '503'],
    [204, 'UNSET', undefined],
  ])('ends with the status %i', async (code, status, errorType) => {
    server = await listening((_request, response) => response.writeHead(code).end());
    await tracedFetch()(urlOf(server));
    const [span] = await recorder.whenIdle();
    expect([span?.status, span?.attributes['error.type']]).toEqual([status, errorType]);
  });

  it('ends with the headers of an answer, whose body nobody need read', async () => {
    server = await listening((_request, response) => void response.write('more to come'));
    const answer = await tracedFetch()(urlOf(server));
    expect((await recorder.whenIdle()).map(({ name }) => name)).toEqual(['GET']);
    await answer.body?.cancel();
    expect(recorder.spans).toHaveLength(1);
  });

  it('ends as an error where nobody listens', async () => {
    const gone = await echo();
    const url = urlOf(gone);
    await closed(gone);
    await expect(tracedFetch(fetch, { observer })(url)).rejects.toThrow('fetch failed');
    expect((await recorder.whenIdle()).map(said)).toMatchObject([
      { status: 'ERROR', 'error.type': 'ECONNREFUSED' },
    ]);
    expect(ended.map(told)).toMatchObject([{ statusCode: undefined, errorType: 'ECONNREFUSED' }]);
  });

  it('ends as an error when it is aborted', async () => {
    const controller = new AbortController();
    server = await listening(() => controller.abort());
    await expect(tracedFetch()(urlOf(server), { signal: controller.signal })).rejects.toThrow('aborted');
    expect((await recorder.whenIdle()).map(said)).toMatchObject([
      { status: 'ERROR', 'error.type': 'AbortError' },
    ]);
  });

  it('leaves to fetch what cannot be sent', async () => {
    await expect(tracedFetch()('nowhere')).rejects.toThrow('Failed to parse URL');
    expect(await (await tracedFetch()('data:,hello')).text()).toBe('hello');
    expect(recorder.spans).toEqual([]);
  });

  it('makes no span below untraced, and passes the request id on', async () => {
    server = await echo();
    const from = TraceContext.fromHeaders({ 'x-request-id': 'r' });
    const answer = await from.run(() => untraced(() => tracedFetch()(urlOf(server!))));
    const sent = (await answer.json()) as Record<string, string>;
    expect(sent['x-request-id']).toBe('r');
    expect(sent['traceparent']).toMatch(/-00$/);
    expect(recorder.spans).toEqual([]);
  });
});
