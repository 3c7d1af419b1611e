import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { apiKeyDigest, createLogger, newApiKey, type ApiKey } from '@ryzanstein/runtime';
import { checkConventions, secret, startTestTelemetry } from '@ryzanstein/testing';
import type { Telemetry } from '@ryzanstein/tracing';
import { fastifyTracing, httpMetrics } from '@ryzanstein/tracing/http';
import type { SpanRecorder } from '@ryzanstein/tracing/testing';
import { AuthenticationError, OpenAI } from 'openai';
import { eventually } from '../test/eventually.ts';
import { ask, startHttpMesh, streamed, type HttpMesh } from '../test/http-mesh.ts';
import { chat, question } from '../test/mesh.ts';
import { accepted, delta, threeWords } from '../test/scripted-engine.ts';
import { keyCheck } from './api-keys.ts';
import { untracedPaths } from './http/http-edge.ts';

const [right, wrong] = [newApiKey(), newApiKey()];
secret(right, wrong);
let keys: readonly ApiKey[];
let telemetry: Telemetry;
let recorder: SpanRecorder;
let mesh: HttpMesh;
let lines: string;

beforeAll(() => {
  ({ telemetry, recorder } = startTestTelemetry({ serviceName: 'ryzanstein-api' }));
});
afterAll(() => telemetry.shutdown());
beforeEach(async () => {
  keys = [{ name: 'web', digest: apiKeyDigest(right) }];
  lines = '';
  mesh = await startHttpMesh({
    telemetry,
    tracing: fastifyTracing({ untracedPaths, observer: httpMetrics(telemetry.metrics) }),
    checkKey: keyCheck(() => keys),
    maxConcurrent: 1,
    logger: createLogger({
      service: 'ryzanstein-api',
      level: 'debug',
      fields: telemetry.logFields,
      destination: { write: (line: string) => void (lines += line) },
    }),
  });
  recorder.clear();
});

const client = (apiKey: string): OpenAI => new OpenAI({ baseURL: `${mesh.url}/v1`, apiKey, maxRetries: 0 });
const bearing = (key: string) => ({ metadata: { authorization: `Bearer ${key}`, 'x-client-id': 'me' } });
const notValid = 'The API key is not valid here; ask whoever runs this server for one that is.';
const asked = 'An API key is asked for; send `authorization: Bearer <key>`.';

it('lets the right key in, over both edges, in the name of the key', async () => {
  expect((await streamed(client(right))).text).toBe('The owl sleeps');
  expect((await chat(mesh, question, bearing(right))).text).toBe('The owl sleeps');
  const answer = await fetch(`${mesh.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${right}`, 'x-client-id': 'me' },
    body: JSON.stringify(ask),
  });
  expect(answer.status).toBe(200);
  expect(mesh.coordinator.acquired.map(({ clientId }) => clientId)).toEqual(['web', 'web', 'web']);
});

it('refuses over HTTP in the shape that clients know', async () => {
  const error = await streamed(client(wrong)).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(AuthenticationError);
  expect(error).toMatchObject({ status: 401, code: 'invalid_api_key', type: 'invalid_request_error' });
  const without = await fetch(`${mesh.url}/v1/models`);
  expect([without.status, without.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
  expect(await without.json()).toEqual({
    error: { message: asked, type: 'invalid_request_error', param: null, code: 'invalid_api_key' },
  });
  expect((await fetch(`${mesh.url}/v1/nothing`)).status).toBe(401);
  expect((await fetch(`${mesh.url}/healthz`)).status).toBe(200);
  expect((await fetch(`${mesh.url}/readyz`)).status).toBe(200);
  expect(mesh.coordinator.acquired).toEqual([]);
});

it.each([
  ['no key', {}, asked],
  ['a wrong key', bearing(wrong), notValid],
  [
    'another scheme',
    { metadata: { authorization: 'Basic YTpi' } },
    expect.stringContaining('cannot be read'),
  ],
])('refuses %s over gRPC', async (_what, options, message) => {
  for (const failed of [
    mesh.client.ListModels({}, options),
    mesh.client.Chat(question, options),
    chat(mesh, question, options).then(({ error }) => Promise.reject(error)),
  ])
    await expect(failed).rejects.toMatchObject({ code: 'UNAUTHENTICATED', message });
  expect(mesh.coordinator.acquired).toEqual([]);
});

it('leaves spans that are no errors, and no key in them, in metrics or in logs', async () => {
  await mesh.client.Chat(question, bearing(wrong)).catch(() => {});
  await mesh.client.Chat(question, bearing(right));
  await streamed(client(wrong)).catch(() => {});
  await streamed(client(right));
  const spans = await recorder.whenIdle(2 + 8 + 1 + 7);
  expect(checkConventions(spans)).toEqual([]);
  const refused = spans.filter(
    ({ kind, attributes }) =>
      kind === 'SERVER' &&
      (attributes['rpc.response.status_code'] === 'UNAUTHENTICATED' ||
        attributes['http.response.status_code'] === 401),
  );
  expect(refused.map(({ name, status, attributes }) => [name, status, attributes['error.type']])).toEqual([
    ['ryzanstein.api.v1.LlmService/Chat', 'UNSET', undefined],
    ['POST /v1/chat/completions', 'UNSET', undefined],
  ]);
  for (const { attributes } of refused) expect(attributes['request.id']).toEqual(expect.any(String));
  const all = JSON.stringify(spans) + lines;
  expect(lines).toContain('chat finished');
  for (const text of [right, wrong, apiKeyDigest(right).toString('hex'), right.slice(4, 20), 'Bearer'])
    expect(all).not.toContain(text);
});

it('lets what runs go on when its key is revoked, and nothing new begin', async () => {
  const go = Promise.withResolvers<void>();
  mesh.engine.generate = async function* () {
    yield accepted;
    yield delta('The');
    await go.promise;
    yield* threeWords();
  };
  const running = streamed(client(right));
  await eventually(() => expect(mesh.engine.generated).toHaveLength(1));
  keys = [];
  await expect(mesh.client.Chat(question, bearing(right))).rejects.toMatchObject({ message: notValid });
  await expect(streamed(client(right))).rejects.toMatchObject({ status: 401, message: `401 ${notValid}` });
  go.resolve();
  expect((await running).text).toContain('The owl sleeps');
});

it('takes no place for who is refused, and reads no body', async () => {
  mesh.engine.generate = async function* () {
    yield accepted;
    await new Promise(() => {});
  };
  const held = new AbortController();
  const holding = mesh.client.Chat(question, { ...bearing(right), signal: held.signal }).catch(() => {});
  await eventually(() => expect(mesh.engine.generated).toHaveLength(1));
  // The only place is taken: a request that came so far would be told so.
  await expect(mesh.client.Chat(question, bearing(wrong))).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  await expect(mesh.client.Chat(question, bearing(right))).rejects.toMatchObject({
    code: 'RESOURCE_EXHAUSTED',
  });

  const { hostname, port } = new URL(mesh.url);
  const socket = connect(Number(port), hostname);
  socket.write('POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n{');
  const [answer] = (await once(socket, 'data')) as [Buffer];
  expect(answer.toString()).toMatch(/^HTTP\/1\.1 401 /);
  socket.destroy();
  held.abort();
  await holding;
});

it('lets anyone load the chat page, and nobody without a key read a trace by it', async () => {
  const pageFolder = mkdtempSync(join(tmpdir(), 'ryzanstein-page-'));
  for (const file of ['index.html', 'page.js', 'page.css', 'icon.svg'])
    writeFileSync(join(pageFolder, file), file);
  const webChat = { traceUrl: 'http://127.0.0.1:1', traceLink: 'http://127.0.0.1:1', pageFolder };
  const { url } = await startHttpMesh({ checkKey: keyCheck(() => keys), webChat });
  rmSync(pageFolder, { recursive: true });

  for (const open of ['/chat', '/chat/assets/page.js', '/chat/assets/page.css', '/chat/assets/icon.svg'])
    expect([open, (await fetch(`${url}${open}`)).status]).toEqual([open, 200]);
  const trace = `${url}/chat/trace/4bf92f3577b34da6a3ce929d0e0e4736`;
  const refused = await fetch(trace);
  expect([refused.status, await refused.json()]).toMatchObject([401, { error: { message: asked } }]);
  const shown = await fetch(trace, { headers: { authorization: `Bearer ${right}` } });
  // The store is not there, which only who may ask is told.
  expect([shown.status, await shown.json()]).toMatchObject([502, { error: { code: 'trace_store_failed' } }]);
});
