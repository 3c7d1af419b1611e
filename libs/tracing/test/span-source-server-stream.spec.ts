import grpc from '@grpc/grpc-js';
import type { ContractShop } from './contract-shop.ts';
import { pour, type Message, type ShopHandlers } from './shop-calls.ts';
import { only, spanSourceContract, type ContractRow } from './span-source-contract.ts';

type Down = ShopHandlers['Down'];

const ok = 'OK UNSET';
const expired = 'DEADLINE_EXCEEDED ERROR';
const left = { client: 'CANCELLED ERROR', server: 'CANCELLED UNSET' };
const internal = { client: 'INTERNAL ERROR', server: 'INTERNAL ERROR' };
const soon = () => ({ deadline: Date.now() + 500 });
const later = () => ({ deadline: Date.now() + 5_000 });

const firstOf = (stream: grpc.ClientReadableStream<Message>) =>
  new Promise((resolve) => stream.once('data', resolve));
const endOf = (stream: grpc.ClientReadableStream<Message>) =>
  new Promise<grpc.StatusObject>((resolve) => stream.once('status', resolve));

/** Reads all of the stream, and tells how it ended. */
async function read(shop: ContractShop, options: grpc.CallOptions = later()): Promise<string | undefined> {
  const stream = shop.down(options);
  stream.resume();
  return grpc.status[(await endOf(stream)).code];
}

const row = (title: string, Down: Down, rest: Omit<ContractRow, 'title' | 'handlers'>): ContractRow => ({
  title,
  handlers: { Down },
  method: 'Down',
  ...rest,
});

const cancelled = (title: string, Down: Down): ContractRow[] => [
  row(`that is cancelled and whose handler ${title}`, Down, {
    async call(shop) {
      const stream = shop.down();
      await firstOf(stream);
      stream.cancel();
    },
    ...left,
    says: { client: 'Cancelled on client' },
  }),
  row(`whose deadline passes and whose handler ${title}`, Down, {
    call: async (shop) => expect(await read(shop, soon())).toBe('DEADLINE_EXCEEDED'),
    client: expired,
    server: expired,
    says: { server: 'Deadline exceeded' },
  }),
];

const large = { n: 1, text: 'x'.repeat(60_000) };

spanSourceContract('a stream of responses', [
  row(
    'that is read to its end',
    (call) => {
      call.write({ n: 1 });
      call.write({ n: 2 });
      call.end();
    },
    { call: async (shop) => expect(await read(shop)).toBe('OK'), client: ok, server: ok },
  ),
  row('that is empty', (call) => call.end(), {
    call: async (shop) => expect(await read(shop)).toBe('OK'),
    client: ok,
    server: ok,
  }),
  row(
    'that brings headers and no message',
    (call) => {
      call.sendMetadata(new grpc.Metadata());
      call.end();
    },
    { call: async (shop) => expect(await read(shop)).toBe('OK'), client: ok, server: ok },
  ),
  row(
    'that fails before the first message',
    (call) => call.emit('error', { code: grpc.status.RESOURCE_EXHAUSTED, details: 'no' }),
    {
      call: async (shop) => expect(await read(shop)).toBe('RESOURCE_EXHAUSTED'),
      client: 'RESOURCE_EXHAUSTED ERROR',
      server: 'RESOURCE_EXHAUSTED UNSET',
      says: { client: 'no' },
    },
  ),
  row(
    'that fails on its way',
    (call) => {
      call.write({ n: 1 });
      call.emit('error', { code: grpc.status.INTERNAL, details: 'no' });
    },
    {
      call: async (shop) => expect(await read(shop)).toBe('INTERNAL'),
      ...internal,
      says: { client: 'no', server: 'no' },
    },
  ),
  row('that fails with an Error without a code', (call) => call.emit('error', new Error('no')), {
    call: async (shop) => expect(await read(shop)).toBe('UNKNOWN'),
    client: 'UNKNOWN ERROR',
    server: 'UNKNOWN ERROR',
    says: { client: 'no', server: 'no' },
  }),
  row(
    'whose handler throws',
    () => {
      throw new Error('no');
    },
    {
      call: async (shop) => expect(await read(shop)).toBe('UNKNOWN'),
      client: 'UNKNOWN ERROR',
      server: 'UNKNOWN ERROR',
      says: { client: 'Unknown error', server: 'Unknown error' },
    },
  ),
  row(
    'whose handler returns a promise that rejects, which grpc-js does not look at',
    (call) => {
      call.write({ n: 1 });
      const failed = Promise.reject(new Error('no'));
      failed.catch(() => {});
      return failed as unknown as void;
    },
    {
      call: async (shop) => expect(await read(shop, soon())).toBe('DEADLINE_EXCEEDED'),
      client: expired,
      server: expired,
    },
  ),
  row(
    'a message of which cannot be sent',
    (call) => {
      call.write({ n: 1 });
      call.write({ n: 1n } as unknown as Message);
      call.end();
    },
    {
      call: async (shop) => expect(await read(shop)).toBe('INTERNAL'),
      ...internal,
      says: { server: 'Error serializing response' },
    },
  ),
  ...cancelled('returns', pour),
  ...cancelled('ends the call', (call) => {
    pour(call);
    call.on('cancelled', () => call.end());
  }),
  ...cancelled('destroys the call', (call) => {
    pour(call);
    call.on('cancelled', () => call.destroy());
  }),
  ...cancelled('destroys the call with an error', (call) => {
    pour(call);
    call.on('error', () => {});
    call.on('cancelled', () => call.destroy(new Error('gone')));
  }),
  row('whose deadline passes before the first message', () => {}, {
    call: async (shop) => expect(await read(shop, soon())).toBe('DEADLINE_EXCEEDED'),
    client: expired,
    server: expired,
  }),
  row('whose caller is gone while the server writes', pour, {
    async call(shop) {
      await shop.throughProxy();
      const stream = shop.down();
      await firstOf(stream);
      shop.cut();
      stream.resume();
      expect((await endOf(stream)).code).toBe(grpc.status.UNAVAILABLE);
    },
    client: 'UNAVAILABLE ERROR',
    server: 'CANCELLED UNSET',
  }),
  row('that a server cuts by its shutdown', pour, {
    async call(shop) {
      const stream = shop.down();
      await firstOf(stream);
      shop.server.forceShutdown();
      stream.resume();
      await endOf(stream);
    },
    ...left,
  }),
  row(
    'that a server drains',
    (call) => {
      call.write({ n: 1 });
      setTimeout(() => call.end(), 50);
    },
    {
      async call(shop) {
        const stream = shop.down();
        await firstOf(stream);
        const drained = new Promise<unknown>((resolve) => shop.server.tryShutdown(resolve));
        stream.resume();
        expect((await endOf(stream)).code).toBe(grpc.status.OK);
        expect(await drained).toBeUndefined();
      },
      client: ok,
      server: ok,
    },
  ),
  row('whose reader leaves its loop, and is gone', pour, {
    async call(shop) {
      const stream = shop.down();
      for await (const _message of stream) break;
      await shop.whenEnded(1);
      stream.cancel();
    },
    ...left,
    says: { client: 'The reader left' },
  }),
  row('whose reader destroys it, and is gone', pour, {
    async call(shop) {
      const stream = shop.down();
      await firstOf(stream);
      stream.destroy();
      await shop.whenEnded(1);
      stream.cancel();
    },
    ...left,
    says: { client: 'The reader left' },
  }),
  row('whose reader destroys it with an error of its own', pour, {
    async call(shop) {
      const stream = shop.down();
      await firstOf(stream);
      stream.destroy(new Error('enough'));
      await shop.whenEnded(1);
      stream.cancel();
    },
    ...left,
    says: { client: 'The reader left' },
  }),
  row(
    'that nobody reads, until it is cancelled',
    (call) => {
      call.write({ n: 1 });
      call.end();
    },
    {
      async call(shop) {
        const stream = shop.down();
        await shop.whenEnded(1);
        expect(shop.recorder.open).toEqual(['caller', 'shop.v1.Shop/Down']);
        stream.cancel();
      },
      client: 'CANCELLED ERROR',
      server: ok,
    },
  ),
  row(
    'whose reader stops reading, and then cancels',
    (call) => {
      for (let n = 0; n < 40; n++) call.write(large);
      call.end();
    },
    {
      async call(shop) {
        const stream = shop.down();
        await firstOf(stream);
        stream.pause();
        await new Promise((resolve) => setImmediate(resolve));
        stream.cancel();
      },
      ...left,
    },
  ),
  row('whose reader goes on within the call, and whose handler in its own place', pour, {
    async call(shop) {
      const stream = shop.down();
      stream.once('data', () => {
        shop.tracer.startSpan('heard', {}, () => {});
        stream.cancel();
      });
      await endOf(stream);
    },
    ...left,
    extra: 1,
    look(spans) {
      const heard = only(spans, ({ name }) => name === 'heard');
      expect(heard.parentSpanId).toBe(only(spans, ({ kind }) => kind === 'CLIENT').spanId);
    },
  }),
]);
