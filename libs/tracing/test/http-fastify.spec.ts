import { Agent } from 'node:http';
import fastify, { type FastifyInstance } from 'fastify';
import { fastifyTracing, type EndedRequest } from '../src/http.ts';
import type { Telemetry } from '../src/telemetry.ts';
import type { SpanRecorder } from '../src/testing.ts';
import { TraceContext } from '../src/trace-context.ts';
import { currentSpan } from '../src/tracer.ts';
import { ask, portOf, recording, said, told } from './http-edge.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const traceparent = `00-${traceId}-00f067aa0ba902b7-03`;

let telemetry: Telemetry;
let recorder: SpanRecorder;
let app: FastifyInstance;
let port: number;
let ended: EndedRequest[];
let streamClosed: () => void;

async function open(env: Record<string, string> = {}): Promise<void> {
  ({ telemetry, recorder } = recording(env));
  ended = [];
  app = fastify({ forceCloseConnections: true });
  app.register(
    fastifyTracing({
      observer: (request) => void ended.push(request),
      untracedPaths: ['/healthz', '/progress/:id'],
    }),
  );
  app.get('/models/:id', () =>
    telemetry.tracer.startSpan('look up', () => ({ id: TraceContext.current().requestId })),
  );
  app.post('/echo', async (request) => ({ body: request.body, traceId: TraceContext.current().traceId }));
  app.get('/throws', () => {
    throw new TypeError('no');
  });
  app.get('/refuses', async (_request, reply) => reply.code(422).send('no'));
  app.get('/fails', async (_request, reply) => reply.code(503).send('later'));
  app.get('/progress/:id', () => ({ traceId: TraceContext.current().traceId }));
  app.get('/healthz', () => ({
    requestId: TraceContext.current().requestId,
    traceId: TraceContext.current().traceId,
  }));
  app.get('/stream', (request, reply) => {
    reply.hijack();
    reply.raw.writeHead(200, { 'content-type': 'text/event-stream' });
    reply.raw.write('data: 1\n\n');
    reply.raw.on('close', () => streamClosed());
    if ((request.query as { ends?: string }).ends !== undefined) {
      setImmediate(() => {
        reply.raw.write(`data: ${TraceContext.current().traceId}\n\n`);
        reply.raw.end();
      });
    }
  });
  app.setErrorHandler(async (error: Error & { statusCode?: number }, _request, reply) => {
    const inside = TraceContext.current().requestId;
    return reply.code(error.statusCode ?? 500).send({ inside });
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  port = portOf(app.server);
}

beforeEach(() => {
  streamClosed = () => {};
});

afterEach(async () => {
  await app.close();
  await telemetry.shutdown();
});

const server = { kind: 'SERVER', 'server.address': '127.0.0.1', 'url.scheme': 'http' };

describe('a request to fastify', () => {
  beforeEach(() => open());

  it('continues the trace, contains the spans of its handler, and answers its ids', async () => {
    const headers = { traceparent, tracestate: 'a=1', 'x-request-id': 'r-1' };
    const answer = await ask(port, '/models/7?secret=1', { headers });
    const [edge, inner] = await recorder.whenIdle(2);
    expect(said(edge!)).toEqual({
      ...server,
      name: 'GET /models/:id',
      status: 'UNSET',
      'http.request.method': 'GET',
      'http.route': '/models/:id',
      'url.path': '/models/7',
      'http.response.status_code': 200,
    });
    expect(edge).toMatchObject({ traceId, parentSpanId: '00f067aa0ba902b7', traceState: 'a=1' });
    expect(edge?.attributes).toMatchObject({ 'request.id': 'r-1', 'server.port': port });
    expect(inner).toMatchObject({ name: 'look up', traceId, parentSpanId: edge?.spanId });
    expect(answer.body).toBe('{"id":"r-1"}');
    expect(answer.headers).toMatchObject({
      'x-request-id': 'r-1',
      traceresponse: `00-${traceId}-${edge?.spanId}-03`,
    });
    expect(ended.map(told)).toEqual([
      {
        side: 'server',
        method: 'GET',
        route: '/models/:id',
        statusCode: 200,
        scheme: 'http',
        errorType: undefined,
      },
    ]);
  });

  it('with a body is served within its span', async () => {
    const headers = { traceparent, 'content-type': 'application/json' };
    const { body } = await ask(port, '/echo', { method: 'POST', headers, body: '{"a":1}' });
    expect(JSON.parse(body)).toEqual({ body: { a: 1 }, traceId });
    expect((await recorder.whenIdle()).map(({ name }) => name)).toEqual(['POST /echo']);
  });

  it('with a body that cannot be read is refused within its span', async () => {
    const headers = { 'x-request-id': 'r-2', 'content-type': 'application/json' };
    const answer = await ask(port, '/echo', { method: 'POST', headers, body: '{' });
    expect([answer.status, answer.body]).toEqual([400, '{"inside":"r-2"}']);
    const [span] = await recorder.whenIdle();
    expect(span).toMatchObject({ name: 'POST /echo', status: 'UNSET' });
    expect(span?.attributes['error.type']).toBeUndefined();
  });

  it.each([
    ['whose handler throws', '/throws', 500, 'ERROR', 'TypeError'],
    ['that is answered with 503', '/fails', 503, 'ERROR', '503'],
    ['that is answered with 422', '/refuses', 422, 'UNSET', undefined],
  ])('%s', async (_title, path, code, status, errorType) => {
    const answer = await ask(port, path, { headers: { 'x-request-id': 'r' } });
    expect([answer.status, answer.headers['x-request-id']]).toEqual([code, 'r']);
    const [span, ...others] = await recorder.whenIdle();
    expect(others).toEqual([]);
    expect(said(span!)).toEqual({
      ...server,
      name: `GET ${path}`,
      status,
      'http.request.method': 'GET',
      'http.route': path,
      'url.path': path,
      'http.response.status_code': code,
      ...(errorType === undefined ? {} : { 'error.type': errorType }),
    });
    expect(ended.map(told)).toMatchObject([{ statusCode: code, errorType }]);
  });

  it('without a route is named by its method alone', async () => {
    const { status } = await ask(port, '/nothing/here');
    expect(status).toBe(404);
    expect((await recorder.whenIdle()).map(said)).toEqual([
      {
        ...server,
        name: 'GET',
        status: 'UNSET',
        'http.request.method': 'GET',
        'url.path': '/nothing/here',
        'http.response.status_code': 404,
      },
    ]);
  });

  it('by HEAD, and by a method that is not known', async () => {
    await ask(port, '/models/1', { method: 'HEAD' });
    await ask(port, '/models/1', { method: 'PROPFIND' });
    const spans = await recorder.whenIdle(3);
    expect(spans.map(({ name, attributes }) => [name, attributes['http.request.method']])).toEqual([
      ['HEAD /models/:id', 'HEAD'],
      ['look up', undefined],
      ['HTTP', '_OTHER'],
    ]);
  });

  it('that asks for an upgrade is a request like any other', async () => {
    const headers = { connection: 'Upgrade', upgrade: 'websocket' };
    expect((await ask(port, '/refuses', { headers })).status).toBe(422);
    expect((await recorder.whenIdle()).map(({ name }) => name)).toEqual(['GET /refuses']);
  });

  it('answered with a stream ends with the stream', async () => {
    const { body } = await ask(port, '/stream?ends', { headers: { traceparent } });
    expect(body).toBe(`data: 1\n\ndata: ${traceId}\n\n`);
    const [span, ...others] = await recorder.whenIdle();
    expect([others, said(span!)]).toMatchObject([
      [],
      { name: 'GET /stream', 'http.response.status_code': 200 },
    ]);
  });

  it('whose caller leaves in the middle of a stream ends then, and is no error', async () => {
    const gone = new Promise<void>((resolve) => {
      streamClosed = resolve;
    });
    await ask(port, '/stream', { leaves: true });
    await gone;
    const [span, ...others] = await recorder.whenIdle();
    expect([others, said(span!)]).toMatchObject([[], { name: 'GET /stream', status: 'UNSET' }]);
    expect(ended.map(told)).toMatchObject([{ route: '/stream', statusCode: 200, errorType: undefined }]);
  });

  it('after another on one connection has a trace of its own', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const answers = [];
    for (const id of ['a', 'b', 'c'])
      answers.push(await ask(port, '/models/1', { agent, headers: { 'x-request-id': id } }));
    agent.destroy();
    expect(answers.map(({ body }) => body)).toEqual(['{"id":"a"}', '{"id":"b"}', '{"id":"c"}']);
    const roots = (await recorder.whenIdle(6)).filter(({ kind }) => kind === 'SERVER');
    expect(roots.map(({ parentSpanId }) => parentSpanId)).toEqual([undefined, undefined, undefined]);
    expect(new Set(roots.map(({ traceId: id }) => id)).size).toBe(3);
  });

  it('to a path without spans has its ids all the same', async () => {
    const answer = await ask(port, '/healthz', { headers: { traceparent, 'x-request-id': 'r' } });
    expect(JSON.parse(answer.body)).toEqual({ requestId: 'r', traceId });
    expect(ended.map(told)).toMatchObject([{ route: '/healthz', statusCode: 200 }]);
    expect([recorder.spans, recorder.open]).toEqual([[], []]);
  });

  it('to a route without spans has none, whatever its path', async () => {
    const answer = await ask(port, '/progress/7', { headers: { traceparent } });
    expect(JSON.parse(answer.body)).toEqual({ traceId });
    expect([recorder.spans, recorder.open]).toEqual([[], []]);
  });

  it.each(['a host with spaces', '[::1', 'x'.repeat(300), 'host:99999'])(
    'with %s for a host says where it arrived',
    async (host) => {
      await ask(port, '/refuses', { headers: { host } });
      const [span] = await recorder.whenIdle();
      expect(span?.attributes).toMatchObject({ 'server.address': '127.0.0.1', 'server.port': port });
    },
  );
});

describe('where callers are not trusted', () => {
  it('a request begins a trace that links to the caller', async () => {
    await open({ RYZ_TRACE_TRUST: 'restart' });
    const headers = { traceparent, tracestate: 'a=1', baggage: 'b=2', 'x-request-id': 'r' };
    await ask(port, '/models/1', { headers });
    const [edge, inner] = await recorder.whenIdle(2);
    expect(edge?.traceId).not.toBe(traceId);
    expect(edge).toMatchObject({
      parentSpanId: undefined,
      links: [{ traceId, spanId: '00f067aa0ba902b7', attributes: {} }],
      attributes: { 'request.id': 'r' },
    });
    expect(edge?.traceState).not.toMatch(/a=1/);
    expect(inner).toMatchObject({ traceId: edge?.traceId, parentSpanId: edge?.spanId, links: [] });
  });
});

describe('with tracing off', () => {
  it('a request has its id, and passes the trace on', async () => {
    await open({ OTEL_SDK_DISABLED: 'true' });
    const given = await ask(port, '/healthz', { headers: { traceparent, 'x-request-id': 'r' } });
    expect([given.headers['x-request-id'], given.body]).toEqual([
      'r',
      `{"requestId":"r","traceId":"${traceId}"}`,
    ]);
    const made = await ask(port, '/models/1', { headers: { 'x-request-id': 'not one' } });
    expect(made.headers['x-request-id']).toMatch(/^[0-9a-f]{32}$/);
    expect(made.body).toBe(`{"id":"${made.headers['x-request-id'] as string}"}`);
    expect(currentSpan()).toBeUndefined();
    expect(ended).toHaveLength(2);
  });
});
