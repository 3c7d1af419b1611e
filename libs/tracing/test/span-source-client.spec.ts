import grpc from '@grpc/grpc-js';
import type { ContractShop } from './contract-shop.ts';
import { definition, json, type Message } from './shop-calls.ts';
import { spanSourceContract } from './span-source-contract.ts';

const ok = 'OK UNSET';
const unavailable = { client: 'UNAVAILABLE ERROR' };

/** The error of a unary call to any path. */
function calling(
  { client }: Pick<ContractShop, 'client'>,
  path: string,
  serialize: (message: Message) => Buffer = json.requestSerialize,
): Promise<grpc.ServiceError | null> {
  return new Promise((resolve) =>
    client.makeUnaryRequest(path, serialize, json.responseDeserialize, { n: 0 }, resolve),
  );
}

const noService = Object.fromEntries(
  Object.entries(definition).map(([name, method]) => [
    name,
    { ...method, path: method.path.replace('Shop/', 'Shop/Other') },
  ]),
);

const retrying = JSON.stringify({
  methodConfig: [
    {
      name: [{}],
      retryPolicy: {
        maxAttempts: 3,
        initialBackoff: '0.01s',
        maxBackoff: '0.02s',
        backoffMultiplier: 1,
        retryableStatusCodes: ['ABORTED'],
      },
    },
  ],
});

let attempts = 0;
beforeEach(() => {
  attempts = 0;
});

spanSourceContract('the client of a call', [
  {
    title: 'whose request cannot be sent',
    async call(shop) {
      const refuses = () => {
        throw new Error('no');
      };
      const error = await calling(shop, definition.Ask.path, refuses);
      expect(error?.code).toBe(grpc.status.INTERNAL);
    },
    client: 'INTERNAL ERROR',
    says: { client: 'Request message serialization failure: no' },
  },
  {
    title: 'whose answer cannot be read',
    async call({ client }) {
      const { requestSerialize } = json;
      const refuses = () => {
        throw new Error('no');
      };
      const { path } = definition.Ask;
      await new Promise((resolve) =>
        client.makeUnaryRequest(path, requestSerialize, refuses, { n: 0 }, resolve),
      );
    },
    client: 'INTERNAL ERROR',
    server: ok,
    says: { client: 'Response message parsing error: no' },
  },
  {
    title: 'whose request cannot be read, so that no handler hears of it',
    async call(shop) {
      const error = await calling(shop, definition.Ask.path, () => Buffer.from('{'));
      expect(error?.code).toBe(grpc.status.INTERNAL);
    },
    client: 'INTERNAL ERROR',
  },
  {
    title: 'of a method that its server does not know, which grpc-js answers before anyone hears of it',
    method: 'Nothing',
    async call(shop) {
      expect((await calling(shop, '/shop.v1.Shop/Nothing'))?.code).toBe(grpc.status.UNIMPLEMENTED);
    },
    client: 'UNIMPLEMENTED ERROR',
    says: { client: 'The server does not implement the method /shop.v1.Shop/Nothing' },
  },
  {
    title: 'of a method that has no handler',
    method: 'OtherAsk',
    async call(shop) {
      shop.server.addService(noService, {});
      expect((await calling(shop, '/shop.v1.Shop/OtherAsk'))?.code).toBe(grpc.status.UNIMPLEMENTED);
    },
    client: 'UNIMPLEMENTED ERROR',
    server: 'UNIMPLEMENTED ERROR',
    says: { server: 'The server does not implement the method Ask' },
  },
  {
    title: 'of a stream that has no handler',
    method: 'OtherDown',
    async call({ server, client }) {
      server.addService(noService, {});
      const { requestSerialize, responseDeserialize } = json;
      const stream = client.makeServerStreamRequest(
        '/shop.v1.Shop/OtherDown',
        requestSerialize,
        responseDeserialize,
        { n: 0 },
      );
      stream.on('error', () => {});
      stream.resume();
      await new Promise((resolve) => stream.on('status', resolve));
    },
    client: 'UNIMPLEMENTED ERROR',
    server: 'UNIMPLEMENTED ERROR',
  },
  {
    title: 'that nobody listens to',
    async call(shop) {
      shop.server.forceShutdown();
      expect(await shop.ask({ deadline: Date.now() + 5_000 })).toBe('UNAVAILABLE');
    },
    ...unavailable,
  },
  {
    title: 'that is closed, and throws',
    call(shop) {
      shop.client.close();
      expect(() => shop.asking()).toThrow();
    },
    client: 'INTERNAL ERROR',
    says: { client: 'The call could not be started' },
  },
  {
    title: 'that is given a deadline which is none, and throws',
    method: 'Down',
    call(shop) {
      expect(() => shop.down({ deadline: 'soon' as unknown as number })).toThrow();
    },
    client: 'INTERNAL ERROR',
    says: { client: 'The call could not be started' },
  },
  {
    title: 'that is cancelled in the turn in which it began, which grpc-js does not tell the server',
    async call(shop) {
      const call = shop.asking();
      call.cancel();
      await shop.whenEnded(1);
    },
    client: 'CANCELLED ERROR',
    server: ok,
  },
  {
    title: 'that is tried again, with a span for each attempt at the server',
    client: ok,
    server: ['ABORTED UNSET', 'ABORTED UNSET', ok],
    handlers: {
      Ask: (_call, answer) => {
        attempts += 1;
        if (attempts < 3) answer({ code: grpc.status.ABORTED, details: 'again' });
        else answer(null, { n: attempts });
      },
    },
    clientOptions: { 'grpc.service_config': retrying },
    call: async (shop) => expect(await shop.ask()).toBe('OK'),
  },
  {
    title: 'that is tried in vain',
    client: 'ABORTED ERROR',
    server: ['ABORTED UNSET', 'ABORTED UNSET', 'ABORTED UNSET'],
    handlers: { Ask: (_call, answer) => answer({ code: grpc.status.ABORTED, details: 'again' }) },
    clientOptions: { 'grpc.service_config': retrying },
    call: async (shop) => expect(await shop.ask()).toBe('ABORTED'),
  },
]);
