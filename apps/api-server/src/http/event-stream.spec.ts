import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { FakeClock } from '@ryzanstein/testing';
import { EventStream } from './event-stream.ts';

let server: Server;
let clock: FakeClock;

beforeEach(async () => {
  clock = new FakeClock();
  server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
});

/** A stream, and what its reader is sent. */
async function opened(): Promise<{ events: EventStream; answer: Promise<IncomingMessage> }> {
  const asked = once(server, 'request') as Promise<[IncomingMessage, ServerResponse]>;
  const request = get({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', agent: false });
  const answer = once(request, 'response').then(([response]) => response as IncomingMessage);
  const [, response] = await asked;
  return { events: new EventStream(response, clock), answer };
}

async function whole(answer: IncomingMessage): Promise<string> {
  let text = '';
  for await (const piece of answer.setEncoding('utf8')) text += String(piece);
  return text;
}

it('says nothing before 15 s, then a comment each 15 s, until there is something to say', async () => {
  const { events, answer } = await opened();
  clock.advance(14_999);
  expect(events.begun).toBe(false);
  clock.advance(1);
  expect(events.begun).toBe(true);
  clock.advance(15_000);
  await events.send([{ n: 1 }, { n: 2 }]);
  clock.advance(60_000);
  events.finish();
  const response = await answer;
  expect(response.headers['content-type']).toBe('text/event-stream; charset=utf-8');
  expect(await whole(response)).toBe(
    ': waiting\n\n: waiting\n\ndata: {"n":1}\n\ndata: {"n":2}\n\ndata: [DONE]\n\n',
  );
});

it('ends with the error where it has begun, and says nothing more once it rests', async () => {
  const { events, answer } = await opened();
  clock.advance(15_000);
  events.fail({ error: { message: 'gone' } });
  events.rest();
  clock.advance(60_000);
  expect(await whole(await answer)).toBe(': waiting\n\ndata: {"error":{"message":"gone"}}\n\n');
});

it('does not wait for a reader that has left', async () => {
  const { events, answer } = await opened();
  await events.send([{}]);
  (await answer).destroy();
  const large = [{ text: 'x'.repeat(8_000_000) }];
  await events.send(large);
  await events.send(large);
  events.rest();
});
