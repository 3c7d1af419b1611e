import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SamplingDecision } from '@opentelemetry/sdk-trace';
import { pollStrategies } from './endpoint-strategies.ts';
import { probabilistic } from './root-decision.ts';
import { collectingLogger, until } from '../../test/collecting-logger.ts';

let server: Server;
let address: string;
let answer: RequestListener;
let asked: string[];
let polled: ReturnType<typeof pollStrategies>;
let logger: ReturnType<typeof collectingLogger>;

beforeEach(async () => {
  asked = [];
  logger = collectingLogger();
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  polled.stop();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const json =
  (body: unknown): RequestListener =>
  (_request, response) =>
    void response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
const rate = (samplingRate: number) => json({ strategyType: 0, probabilisticSampling: { samplingRate } });
const poll = (options: Partial<Parameters<typeof pollStrategies>[0]> = {}) => {
  polled = pollStrategies({
    service: 'svc',
    endpoint: `${address}/sampling`,
    pollingIntervalMs: 5,
    untilAnswered: probabilistic(0.125, 'svc'),
    logger,
    ...options,
  });
};
const probability = () => {
  const { decision, traceState } = polled.decision.decide('f'.repeat(14), 'any');
  return decision === SamplingDecision.NOT_RECORD
    ? 0
    : Number(/p:([\d.]+)/.exec(traceState?.serialize() ?? '')?.[1]);
};
const becomes = (wanted: number) => until(() => probability() === wanted, probability);
const says = (count: number) =>
  until(
    () => logger.said.length >= count,
    () => logger.said,
  );

it('asks at once, and decides as before until there is an answer', async () => {
  answer = rate(0.5);
  poll({ pollingIntervalMs: 3_600_000 });
  expect(probability()).toBe(0.125);
  await becomes(0.5);
  expect(asked).toEqual(['/sampling?service=svc']);
  expect(logger.said).toEqual(['info: sampling strategies of svc: probabilistic 0.5']);
});

it('asks again and again, and says what changes', async () => {
  answer = rate(0.5);
  poll();
  await becomes(0.5);
  answer = json({ strategyType: 'RATE_LIMITING', rateLimitingSampling: { maxTracesPerSecond: 3 } });
  await says(2);
  answer = rate(0.25);
  await becomes(0.25);
  expect(logger.said).toEqual([
    'info: sampling strategies of svc: probabilistic 0.5',
    'info: sampling strategies of svc changed: ratelimiting 3/s',
    'info: sampling strategies of svc changed: probabilistic 0.25',
  ]);
});

it.each([
  ['api server&x=1', '/sampling', '/sampling?service=api%20server%26x%3D1'],
  ['svc', '/sampling?tenant=a', '/sampling?tenant=a&service=svc'],
])('names the service %s in the query of %s', async (service, path, url) => {
  answer = rate(0.5);
  poll({ service, endpoint: `${address}${path}` });
  await becomes(0.5);
  expect(asked[0]).toBe(url);
});

it('lets a limiter run on while the answer stays the same', async () => {
  answer = json({ strategyType: 1, rateLimitingSampling: { maxTracesPerSecond: 2 } });
  poll({ nowMs: () => 0 });
  await says(1);
  const kept = () => polled.decision.decide('', 'any').decision !== SamplingDecision.NOT_RECORD;
  expect([kept(), kept(), kept()]).toEqual([true, true, false]);
  const before = asked.length;
  await until(() => asked.length > before + 2);
  expect(kept()).toBe(false);
});

const page: RequestListener = (_request, response) =>
  void response.setHeader('content-type', 'text/html; charset=utf-8').end('<html></html>');
it.each<[string, string, RequestListener]>([
  ['a web page', 'it answered with a web page', page],
  ['404', 'it answered with status 404', (_, response) => void response.writeHead(404).end('not found')],
  ['500', 'it answered with status 500', (_, response) => void response.writeHead(500).end()],
  ['garbage', 'the answer is no JSON', (_, response) => void response.end('{"strategyType":0')],
  [
    'nonsense',
    'probabilisticSampling.samplingRate must be a number from 0 to 1, not 7',
    json({ probabilisticSampling: { samplingRate: 7 } }),
  ],
  ['too much', 'it answered with more than 1048576 bytes', json({ padding: ' '.repeat(1_048_576) })],
  [
    'half an answer',
    'it broke its answer off (ECONNRESET)',
    (_, response) => {
      response.writeHead(200, { 'content-length': 100 }).write('{"strategyType"');
      setImmediate(() => response.destroy());
    },
  ],
  ['nothing', 'it cannot be reached (ECONNRESET)', (request) => void request.socket.destroy()],
])('keeps the last good strategies where it gets %s, and says so once', async (_title, sentence, broken) => {
  answer = rate(0.5);
  poll();
  await becomes(0.5);
  answer = broken;
  await says(2);
  const before = asked.length;
  await until(() => asked.length > before + 3);
  expect(probability()).toBe(0.5);
  answer = rate(0.25);
  await becomes(0.25);
  expect(logger.said.slice(1)).toEqual([
    `warn: sampling strategies cannot be polled from ${address}/sampling: ${sentence}; those of before stay in force`,
    `info: sampling strategies are read from ${address}/sampling again`,
  ]);
});

it('goes on asking an endpoint that hangs', async () => {
  answer = () => {};
  poll({ timeoutMs: 20 });
  await until(() => asked.length >= 3);
  expect(probability()).toBe(0.125);
  answer = rate(0.5);
  await becomes(0.5);
  expect(logger.said).toEqual([
    `warn: sampling strategies cannot be polled from ${address}/sampling: it gave no answer within 20 ms; those that it began with stay in force`,
    'info: sampling strategies of svc: probabilistic 0.5',
  ]);
});

it('asks no more once it is stopped, and says nothing about the question that it takes back', async () => {
  answer = () => {};
  poll();
  await until(() => asked.length === 1);
  const closed = new Promise((resolve) => server.once('connection', resolve));
  polled.stop();
  answer = rate(0.5);
  // Another one's question comes after any that the stopped one could still have asked.
  await fetch(`${address}/other`);
  await closed;
  expect(asked).toEqual(['/sampling?service=svc', '/other']);
  expect(logger.said).toEqual([]);
});
