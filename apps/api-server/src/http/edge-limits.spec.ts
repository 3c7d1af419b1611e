import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { startTestTelemetry } from '@ryzanstein/testing';
import { fastifyTracing } from '@ryzanstein/tracing/http';
import { eventually } from '../../test/eventually.ts';
import { ask, startHttpMesh, type HttpMesh } from '../../test/http-mesh.ts';

const short = { headersWithinMs: 150, requestWithinMs: 300, lookEveryMs: 20 };
const sockets: Socket[] = [];

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

/** A connection that has sent `text`; what comes of it is all that was read until its end. */
function speak({ url }: HttpMesh, text: string): { socket: Socket; answer: Promise<string> } {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  sockets.push(socket);
  socket.on('error', () => {});
  let read = '';
  socket.on('data', (bytes: Buffer) => (read += bytes.toString()));
  socket.write(text);
  const answer = new Promise<string>((resolve) => socket.once('close', () => resolve(read)));
  return { socket, answer };
}

/** Sends a character at a time until there is an answer. */
function trickle(socket: Socket, character: string): void {
  const timer = setInterval(() => socket.write(character), 10);
  for (const end of ['data', 'close']) socket.once(end, () => clearInterval(timer));
}

const errorOf = (answer: string): unknown =>
  (JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4)) as { error: unknown }).error;
const tooSlow = {
  message: 'The request came too slowly; send it again, at once.',
  type: 'invalid_request_error',
  param: null,
  code: 'request_timeout',
};
const head = 'POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\n';

describe('a request that trickles', () => {
  it('is cut off within its head', async () => {
    const mesh = await startHttpMesh({ limits: short });
    const { socket, answer } = speak(mesh, 'POST /v1/chat/comp');
    trickle(socket, 'x');
    expect(await answer).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
    expect(errorOf(await answer)).toEqual(tooSlow);
  });

  it('is cut off within its body, takes no place, and its span says so', async () => {
    const { telemetry, recorder } = startTestTelemetry({ serviceName: 'ryzanstein-api' });
    const mesh = await startHttpMesh({ limits: short, tracing: fastifyTracing(), maxConcurrent: 1 });
    recorder.clear();
    const { socket, answer } = speak(mesh, `${head}Content-Length: 100000\r\n\r\n{"model":"`);
    trickle(socket, 'x');
    expect((await mesh.openai.chat.completions.create(ask)).choices).toHaveLength(1);
    expect(mesh.edge.inFlight).toBe(0);
    expect(await answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(errorOf(await answer)).toEqual(tooSlow);
    await eventually(() =>
      expect(
        recorder.spans
          .filter(({ name }) => name === 'POST /v1/chat/completions')
          .map(({ status, attributes }) => [status, attributes['http.response.status_code']])
          .sort(),
      ).toEqual([
        ['UNSET', 200],
        ['UNSET', 408],
      ]),
    );
    await telemetry.shutdown();
  });

  it('does not even begin: a connection without a word is closed', async () => {
    const { answer } = speak(await startHttpMesh({ limits: short }), '');
    expect(await answer).toMatch(/^(HTTP\/1\.1 408 |$)/);
  });
});

describe('what is too much', () => {
  it('of headers, is refused', async () => {
    const { answer } = speak(await startHttpMesh(), `${head}X-Flood: ${'x'.repeat(20_000)}\r\n\r\n`);
    expect(await answer).toMatch(/^HTTP\/1\.1 431 /);
    expect(errorOf(await answer)).toMatchObject({ code: 'headers_too_large' });
  });

  it('of a body, is refused by its announced length, before it comes', async () => {
    const mesh = await startHttpMesh({ limits: { bodyBytes: 1024 * 1024 } });
    const { socket } = speak(mesh, `${head}Content-Length: 1048577\r\n\r\n{`);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 413 /);
    expect(errorOf(answer.toString())).toMatchObject({
      code: 'body_too_large',
      message: 'The body is larger than 1 MiB; send a shorter request.',
    });
  });

  it('of a body that does not say how long it is, too', async () => {
    const mesh = await startHttpMesh({ limits: { bodyBytes: 1024 } });
    const body = `${(2_000).toString(16)}\r\n${'x'.repeat(2_000)}\r\n`;
    const { socket } = speak(mesh, `${head}Transfer-Encoding: chunked\r\n\r\n${body}`);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 413 /);
  });

  it('of connections, is closed at once, and those before go on', async () => {
    const mesh = await startHttpMesh({ limits: { idleConnections: 2 }, maxConcurrent: 1 });
    const idle = [1, 2].map(() => speak(mesh, ''));
    await Promise.all(idle.map(({ socket }) => once(socket, 'connect')));
    const { socket } = speak(mesh, 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 200 /);
    expect(await speak(mesh, '').answer).toBe('');
    socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
    const [again] = (await once(socket, 'data')) as [Buffer];
    expect(again.toString()).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('is answered as what it is where it is no HTTP', async () => {
    const { answer } = speak(await startHttpMesh(), '\x16\x03\x01 hello\r\n\r\n');
    expect(await answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(errorOf(await answer)).toMatchObject({ code: 'bad_request' });
  });
});

it('keeps an answer whole that is under way when nonsense follows on its connection', async () => {
  const mesh = await startHttpMesh();
  const begun = Promise.withResolvers<void>();
  const { generate } = mesh.engine;
  mesh.engine.generate = async function* (request, ctx) {
    for await (const event of generate(request, ctx)) {
      yield event;
      if (event.delta) {
        begun.resolve();
        await new Promise(() => {});
      }
    }
  };
  const body = JSON.stringify({ ...ask, stream: true });
  const { socket, answer } = speak(mesh, `${head}Content-Length: ${body.length}\r\n\r\n${body}`);
  await begun.promise;
  await once(socket, 'data');
  socket.write('nonsense\r\n\r\n');
  expect((await answer).match(/HTTP\/1\.1/g)).toHaveLength(1);
});

describe('other sites', () => {
  const origin = { origin: 'https://other.example' };

  it('are told by no header that they may call', async () => {
    const { url } = await startHttpMesh();
    const answers = await Promise.all([
      fetch(`${url}/v1/models`, { headers: origin }),
      fetch(`${url}/healthz`, { headers: origin }),
      fetch(`${url}/v1/none`, { headers: origin }),
      fetch(`${url}/v1/chat/completions`, { method: 'POST', headers: origin, body: JSON.stringify(ask) }),
      fetch(`${url}/v1/chat/completions`, { method: 'POST', headers: origin, body: '{' }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 404, 200, 400]);
    for (const { headers } of answers)
      expect([...headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
  });

  it('are refused when they ask, by name, with or without keys', async () => {
    const refuse = (): never => {
      throw new Error('was asked for a key');
    };
    for (const mesh of [await startHttpMesh(), await startHttpMesh({ checkKey: refuse })]) {
      const answer = await fetch(`${mesh.url}/v1/chat/completions`, {
        method: 'OPTIONS',
        headers: { ...origin, 'access-control-request-method': 'POST' },
      });
      expect(answer.status).toBe(404);
      expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
      expect(await answer.json()).toMatchObject({
        error: { message: expect.stringMatching(/^There is no OPTIONS \/v1\/chat\/completions here/) },
      });
    }
  });
});

it.each([
  ['{"__proto__": {"model": "tiny"}, ', '__proto__'],
  ['{"constructor": {"prototype": {"model": "tiny"}}, ', 'constructor'],
])('takes %j… for a field that it does not know', async (start, param) => {
  const { url, engine } = await startHttpMesh();
  const answer = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: start + JSON.stringify(ask).slice(1),
  });
  expect(answer.status).toBe(400);
  expect(await answer.json()).toEqual({
    error: {
      message: expect.stringContaining(`${param} is not a field of this request; leave it out`),
      type: 'invalid_request_error',
      param,
      code: null,
    },
  });
  expect(engine.generated).toEqual([]);
  expect(({} as { model?: string }).model).toBeUndefined();
});
