import grpc from '@grpc/grpc-js';
import { definition, json, type Message, type ShopHandlers } from './shop-calls.ts';
import type { ContractShop } from './contract-shop.ts';
import { only, spanSourceContract, type ContractRow } from './span-source-contract.ts';

type Ask = ShopHandlers['Ask'];

const ok = 'OK UNSET';
const expired = 'DEADLINE_EXCEEDED ERROR';
const soon = () => ({ deadline: Date.now() + 500 });
const later = () => ({ deadline: Date.now() + 3_000 });
const unserialisable = { n: 1n } as unknown as Message;

/** A row of one unary call: what its handler does, and what its client is told. */
const answers = (
  title: string,
  Ask: Ask,
  told: string,
  client: string,
  server: string,
  more: Partial<ContractRow> = {},
): ContractRow => ({
  title,
  handlers: { Ask },
  call: async (shop) => expect(await shop.ask(later())).toBe(told),
  client,
  server,
  ...more,
});

async function cancelWhenServed(shop: ContractShop): Promise<void> {
  const call = shop.asking();
  await shop.whenServed();
  call.cancel();
}

spanSourceContract('a unary call', [
  answers('that is answered', (_call, answer) => answer(null, { n: 1 }), 'OK', ok, ok),
  answers(
    'that fails',
    (_call, answer) => answer({ code: grpc.status.NOT_FOUND, details: 'no' }),
    'NOT_FOUND',
    'NOT_FOUND ERROR',
    'NOT_FOUND UNSET',
    { says: { client: 'no' } },
  ),
  answers(
    'that fails by the fault of the server',
    (_call, answer) =>
      answer(Object.assign(new Error('inside'), { code: grpc.status.INTERNAL, details: '13 INTERNAL: no' })),
    'INTERNAL',
    'INTERNAL ERROR',
    'INTERNAL ERROR',
    { says: { client: '13 INTERNAL: no', server: '13 INTERNAL: no' } },
  ),
  answers(
    'that fails with an Error without a code',
    (_call, answer) => answer(new Error('no')),
    'UNKNOWN',
    'UNKNOWN ERROR',
    'UNKNOWN ERROR',
    { says: { client: 'no', server: 'no' } },
  ),
  answers(
    'whose handler throws',
    () => {
      throw new Error('no');
    },
    'UNKNOWN',
    'UNKNOWN ERROR',
    'UNKNOWN ERROR',
    { says: { server: 'Unknown error' } },
  ),
  answers(
    'whose handler throws after its answer',
    (_call, answer) => {
      answer(null, { n: 1 });
      throw new Error('no');
    },
    'OK',
    ok,
    ok,
  ),
  answers(
    'that is answered twice',
    (_call, answer) => {
      answer(null, { n: 1 });
      answer(null, { n: 2 });
    },
    'OK',
    ok,
    ok,
  ),
  answers(
    'that is answered, and then fails',
    (_call, answer) => {
      answer(null, { n: 1 });
      answer({ code: grpc.status.INTERNAL, details: 'no' });
    },
    'OK',
    ok,
    ok,
  ),
  answers(
    'that fails, and is then answered',
    (_call, answer) => {
      answer({ code: grpc.status.ABORTED, details: 'no' });
      answer(null, { n: 1 });
    },
    'ABORTED',
    'ABORTED ERROR',
    'ABORTED UNSET',
  ),
  answers(
    'whose answer cannot be sent',
    (_call, answer) => answer(null, unserialisable),
    'INTERNAL',
    'INTERNAL ERROR',
    'INTERNAL ERROR',
    { says: { server: 'Error serializing response' } },
  ),
  answers(
    'whose answer cannot be sent after its headers were',
    (call, answer) => {
      call.sendMetadata(new grpc.Metadata());
      answer(null, unserialisable);
    },
    'INTERNAL',
    'INTERNAL ERROR',
    'INTERNAL ERROR',
    { says: { server: 'Error serializing response' } },
  ),
  answers(
    'that is answered with headers and trailers',
    (call, answer) => {
      call.sendMetadata(new grpc.Metadata());
      const trailers = new grpc.Metadata();
      trailers.set('cost', '7');
      answer(null, { n: 1 }, trailers);
    },
    'OK',
    ok,
    ok,
    {
      call: async (shop) => {
        const call = shop.asking();
        const status = await new Promise<grpc.StatusObject>((resolve) => call.on('status', resolve));
        expect(status.metadata.get('cost')).toEqual(['7']);
      },
    },
  ),
  {
    title: 'whose handler returns a promise that rejects, which grpc-js does not look at',
    handlers: {
      Ask: () => {
        const failed = Promise.reject(new Error('no'));
        failed.catch(() => {});
        return failed as unknown as void;
      },
    },
    call: async (shop) => expect(await shop.ask(soon())).toBe('DEADLINE_EXCEEDED'),
    client: expired,
    server: expired,
    says: { server: 'Deadline exceeded' },
  },
  {
    title: 'whose deadline passes while it is queued',
    handlers: { Ask: () => {} },
    call: async (shop) => expect(await shop.ask(soon())).toBe('DEADLINE_EXCEEDED'),
    client: expired,
    server: expired,
  },
  {
    title: 'that is answered after its deadline',
    handlers: {
      Ask: (call, answer) => call.on('cancelled', () => setTimeout(() => answer(null, { n: 1 }), 20)),
    },
    call: async (shop) => expect(await shop.ask(soon())).toBe('DEADLINE_EXCEEDED'),
    client: expired,
    server: expired,
  },
  {
    title: 'that is cancelled and never answered',
    handlers: { Ask: () => {} },
    call: cancelWhenServed,
    client: 'CANCELLED ERROR',
    server: 'CANCELLED UNSET',
  },
  {
    title: 'that is cancelled, and answered on hearing of it',
    handlers: { Ask: (call, answer) => call.on('cancelled', () => answer(null, { n: 1 })) },
    call: cancelWhenServed,
    client: 'CANCELLED ERROR',
    server: ok,
  },
  {
    title: 'whose connection breaks',
    handlers: { Ask: () => {} },
    async call(shop) {
      await shop.throughProxy();
      const told = shop.ask(later());
      await shop.whenServed();
      shop.cut();
      expect(await told).toBe('UNAVAILABLE');
    },
    client: 'UNAVAILABLE ERROR',
    server: 'CANCELLED UNSET',
  },
  {
    title: 'that a server cuts by its shutdown',
    handlers: { Ask: () => {} },
    async call(shop) {
      const told = shop.ask(later());
      await shop.whenServed();
      shop.server.forceShutdown();
      expect(await told).toBe('CANCELLED');
    },
    client: 'CANCELLED ERROR',
    server: 'CANCELLED UNSET',
  },
  {
    title: 'that a server drains',
    handlers: { Ask: (_call, answer) => void setTimeout(() => answer(null, { n: 1 }), 50) },
    async call(shop) {
      const told = shop.ask(later());
      await shop.whenServed();
      const drained = new Promise<unknown>((resolve) => shop.server.tryShutdown(resolve));
      expect(await told).toBe('OK');
      expect(await drained).toBeUndefined();
    },
    client: ok,
    server: ok,
  },
  {
    title: 'that brings a status and no answer',
    method: 'Down',
    async call({ client }) {
      const { requestSerialize, responseDeserialize } = json;
      const { path } = definition.Down;
      const error = await new Promise<grpc.ServiceError | null>((resolve) =>
        client.makeUnaryRequest(path, requestSerialize, responseDeserialize, { n: 0 }, resolve),
      );
      expect(error?.details).toBe('No message received');
    },
    client: 'UNIMPLEMENTED ERROR',
    server: ok,
    says: { client: 'No message received' },
  },
  {
    title: 'whose caller goes on in its own place, and whose handler in its own',
    handlers: {
      Ask(call, answer) {
        started('served');
        call.on('cancelled', () => started('told of the end'));
        setTimeout(() => answer(null, { n: 1 }), 1);
      },
    },
    async call(shop) {
      started = (name) => shop.tracer.startSpan(name, {}, () => {});
      const Generated = grpc.makeGenericClientConstructor(definition, 'Shop');
      const generated = new Generated(
        `127.0.0.1:${shop.port}`,
        grpc.credentials.createInsecure(),
        shop.source.clientOptions,
      );
      const ask = generated['Ask'] as (request: Message, answered: () => void) => void;
      await new Promise<void>((resolve) => {
        ask.call(generated, { n: 0 }, () => {
          started('answered');
          resolve();
        });
      });
      generated.close();
    },
    client: ok,
    server: ok,
    extra: 3,
    look(spans) {
      const parentOf = (name: string) => only(spans, (span) => span.name === name).parentSpanId;
      expect(parentOf('answered')).toBe(only(spans, ({ name }) => name === 'caller').spanId);
      const server = only(spans, ({ kind }) => kind === 'SERVER').spanId;
      expect([parentOf('served'), parentOf('told of the end')]).toEqual([server, server]);
    },
  },
]);

let started: (name: string) => void = () => {};
