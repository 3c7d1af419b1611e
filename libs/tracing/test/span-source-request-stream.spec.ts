import grpc from '@grpc/grpc-js';
import type { ContractShop } from './contract-shop.ts';
import { definition, json, pour, type Message, type ShopHandlers } from './shop-calls.ts';
import { only, spanSourceContract, type ContractRow } from './span-source-contract.ts';

const ok = 'OK UNSET';
const expired = 'DEADLINE_EXCEEDED ERROR';
const left = { client: 'CANCELLED ERROR', server: 'CANCELLED UNSET' };
const internal = { client: 'INTERNAL ERROR', server: 'INTERNAL ERROR' };
const soon = () => ({ deadline: Date.now() + 500 });
const unserialisable = { n: 1n } as unknown as Message;

type Rest = Omit<ContractRow, 'title' | 'handlers'>;

const up = (title: string, Up: ShopHandlers['Up'], rest: Rest): ContractRow => ({
  title: `up, ${title}`,
  handlers: { Up },
  method: 'Up',
  ...rest,
});
const both = (title: string, Both: ShopHandlers['Both'], rest: Rest): ContractRow => ({
  title: `both ways, ${title}`,
  handlers: { Both },
  method: 'Both',
  ...rest,
});

/** Sends so many messages and says that it was all; resolves to how the call ended. */
function send(
  shop: ContractShop,
  messages: readonly Message[],
  options: grpc.CallOptions = {},
  requestSerialize: (message: Message) => Buffer = json.requestSerialize,
): Promise<string> {
  const { responseDeserialize } = json;
  return new Promise((resolve) => {
    const call = shop.client.makeClientStreamRequest(
      definition.Up.path,
      requestSerialize,
      responseDeserialize,
      new grpc.Metadata(),
      options,
      (error) => resolve(grpc.status[error?.code ?? 0] ?? ''),
    );
    call.on('error', () => {});
    for (const message of messages) call.write(message);
    if (options.deadline === undefined) call.end();
  });
}

/** Talks with the server; resolves to how the call ended. */
function talk(
  shop: ContractShop,
  messages: readonly Message[],
  options: grpc.CallOptions = {},
): Promise<string> {
  const { requestSerialize, responseDeserialize } = json;
  const { path } = definition.Both;
  const call = shop.client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, options);
  call.on('error', () => {});
  call.resume();
  for (const message of messages) call.write(message);
  if (options.deadline === undefined) call.end();
  return new Promise((resolve) => call.on('status', ({ code }) => resolve(grpc.status[code])));
}

const count: ShopHandlers['Up'] = (call, answer) => {
  let n = 0;
  call.on('error', () => {});
  call.on('data', () => (n += 1));
  call.on('end', () => answer(null, { n }));
};

const echo: ShopHandlers['Both'] = (call) => {
  call.on('error', () => {});
  call.on('data', (message: Message) => call.write(message));
  call.on('end', () => call.end());
};

const throws = () => {
  throw new Error('no');
};

spanSourceContract('a stream of requests', [
  up('that is answered', count, {
    call: async (shop) => expect(await send(shop, [{ n: 1 }, { n: 2 }])).toBe('OK'),
    client: ok,
    server: ok,
  }),
  both('that is answered', echo, {
    call: async (shop) => expect(await talk(shop, [{ n: 1 }, { n: 2 }])).toBe('OK'),
    client: ok,
    server: ok,
  }),
  up('that fails', (_call, answer) => answer({ code: grpc.status.OUT_OF_RANGE, details: 'no' }), {
    call: async (shop) => expect(await send(shop, [{ n: 1 }])).toBe('OUT_OF_RANGE'),
    client: 'OUT_OF_RANGE ERROR',
    server: 'OUT_OF_RANGE UNSET',
    says: { client: 'no' },
  }),
  both('that fails', (call) => call.emit('error', { code: grpc.status.DATA_LOSS, details: 'no' }), {
    call: async (shop) => expect(await talk(shop, [{ n: 1 }])).toBe('DATA_LOSS'),
    client: 'DATA_LOSS ERROR',
    server: 'DATA_LOSS ERROR',
    says: { client: 'no', server: 'no' },
  }),
  up('whose handler throws', throws, {
    call: async (shop) => expect(await send(shop, [{ n: 1 }])).toBe('UNKNOWN'),
    client: 'UNKNOWN ERROR',
    server: 'UNKNOWN ERROR',
  }),
  both('whose handler throws', throws, {
    call: async (shop) => expect(await talk(shop, [{ n: 1 }])).toBe('UNKNOWN'),
    client: 'UNKNOWN ERROR',
    server: 'UNKNOWN ERROR',
  }),
  up(
    'that is answered twice',
    (call, answer) => {
      call.resume();
      call.on('end', () => {
        answer(null, { n: 1 });
        answer(null, { n: 2 });
      });
    },
    { call: async (shop) => expect(await send(shop, [{ n: 1 }])).toBe('OK'), client: ok, server: ok },
  ),
  up(
    'whose answer cannot be sent',
    (call, answer) => {
      call.resume();
      call.on('end', () => answer(null, unserialisable));
    },
    {
      call: async (shop) => expect(await send(shop, [{ n: 1 }])).toBe('INTERNAL'),
      ...internal,
      says: { server: 'Error serializing response' },
    },
  ),
  both('an answer of which cannot be sent', (call) => call.write(unserialisable), {
    call: async (shop) => expect(await talk(shop, [{ n: 1 }])).toBe('INTERNAL'),
    ...internal,
    says: { server: 'Error serializing response' },
  }),
  up('a request of which cannot be read', count, {
    call: async (shop) => expect(await send(shop, [{ n: 1 }], {}, () => Buffer.from('{'))).toBe('INTERNAL'),
    ...internal,
    says: { client: 'Error deserializing request', server: 'Error deserializing request' },
  }),
  up('that is cancelled', count, {
    async call(shop) {
      const ended = Promise.withResolvers<string>();
      const call = shop.up(ended.resolve);
      call.write({ n: 1 });
      await shop.whenServed();
      call.cancel();
      expect(await ended.promise).toBe('CANCELLED');
    },
    ...left,
  }),
  both('that is cancelled', echo, {
    async call(shop) {
      const call = shop.both();
      call.write({ n: 1 });
      await new Promise((resolve) => call.once('data', resolve));
      call.cancel();
    },
    ...left,
  }),
  up('whose deadline passes', count, {
    call: async (shop) => expect(await send(shop, [{ n: 1 }], soon())).toBe('DEADLINE_EXCEEDED'),
    client: expired,
    server: expired,
  }),
  both('whose deadline passes', echo, {
    call: async (shop) => expect(await talk(shop, [{ n: 1 }], soon())).toBe('DEADLINE_EXCEEDED'),
    client: expired,
    server: expired,
  }),
  both('whose reader destroys it', pour, {
    async call(shop) {
      const call = shop.both();
      await new Promise((resolve) => call.once('data', resolve));
      call.destroy();
      await shop.whenEnded(1);
      call.cancel();
    },
    ...left,
    says: { client: 'The reader left' },
  }),
  both('whose connection breaks', pour, {
    async call(shop) {
      await shop.throughProxy();
      const call = shop.both();
      const ended = new Promise<grpc.StatusObject>((resolve) => call.on('status', resolve));
      await new Promise((resolve) => call.once('data', resolve));
      shop.cut();
      call.resume();
      expect((await ended).code).toBe(grpc.status.UNAVAILABLE);
    },
    client: 'UNAVAILABLE ERROR',
    server: 'CANCELLED UNSET',
  }),
  up(
    'that has its answer before its end',
    (call, answer) => {
      call.on('error', () => {});
      call.once('data', () => answer(null, { n: 1 }));
    },
    {
      async call(shop) {
        const ended = Promise.withResolvers<string>();
        shop.up(ended.resolve).write({ n: 1 });
        expect(await ended.promise).toBe('OK');
      },
      client: ok,
      server: ok,
    },
  ),
  both(
    'in which the server has the last word',
    (call) => {
      call.on('error', () => {});
      call.on('data', (message: Message) => {
        call.write(message);
        call.end();
      });
    },
    {
      async call(shop) {
        const call = shop.both();
        call.resume();
        call.write({ n: 1 });
        await new Promise((resolve) => call.on('status', resolve));
      },
      client: ok,
      server: ok,
    },
  ),
  up(
    'whose handler starts spans where it hears of requests and of their end',
    (call, answer) => {
      call.once('data', () => started('heard'));
      call.on('end', () => {
        started('all heard');
        answer(null, { n: 1 });
      });
    },
    {
      async call(shop) {
        started = (name) => shop.tracer.startSpan(name, {}, () => {});
        expect(await send(shop, [{ n: 1 }])).toBe('OK');
      },
      client: ok,
      server: ok,
      extra: 2,
      look(spans) {
        const server = only(spans, ({ kind }) => kind === 'SERVER').spanId;
        const parents = ['heard', 'all heard'].map(
          (title) => only(spans, ({ name }) => name === title).parentSpanId,
        );
        expect(parents).toEqual([server, server]);
      },
    },
  ),
]);

let started: (name: string) => void = () => {};
