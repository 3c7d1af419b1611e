import grpc from '@grpc/grpc-js';
import { definition, json, type ShopHandlers } from './shop-calls.ts';
import { end, Shop } from './shop.ts';

let shop: Shop;
beforeEach(() => {
  shop = new Shop();
});
afterEach(() => shop.close());

describe('spans of unary calls', () => {
  it('have final names and attributes, and no old ones', async () => {
    await shop.open({});
    await shop.ask();
    const spans = await shop.recorder.whenIdle(2);
    const expected = {
      'rpc.system.name': 'grpc',
      'rpc.method': 'shop.v1.Shop/Ask',
      'rpc.response.status_code': 'OK',
      'server.address': '127.0.0.1',
      'server.port': shop.port,
      'request.id': expect.stringMatching(/^[0-9a-f]{32}$/),
    };
    expect(spans.map(({ attributes }) => attributes)).toEqual([expected, expected]);
    expect(spans[1]?.parentSpanId).toBe(spans[0]?.spanId);
  });

  it.each<[string, Partial<ShopHandlers>, string, string]>([
    ['answers', {}, 'OK UNSET', 'OK UNSET'],
    [
      'answers an error',
      { Ask: (_call, answer) => answer({ code: grpc.status.NOT_FOUND, details: 'no' }) },
      'NOT_FOUND ERROR',
      'NOT_FOUND UNSET',
    ],
    [
      'answers an Error without a code',
      { Ask: (_call, answer) => answer(new Error('no')) },
      'UNKNOWN ERROR',
      'UNKNOWN ERROR',
    ],
    [
      'throws',
      {
        Ask: () => {
          throw new Error('no');
        },
      },
      'UNKNOWN ERROR',
      'UNKNOWN ERROR',
    ],
    [
      'answers twice',
      {
        Ask: (_call, answer) => {
          answer(null, { n: 1 });
          answer(null, { n: 2 });
        },
      },
      'OK UNSET',
      'OK UNSET',
    ],
  ])('end once where a unary handler %s', async (_title, handlers, clientEnd, serverEnd) => {
    await shop.open(handlers);
    expect(await shop.ask({ deadline: Date.now() + 3_000 })).toBe(clientEnd.split(' ')[0]);
    expect(await shop.ends()).toEqual(end('Ask', clientEnd, serverEnd));
  });

  it.each<[string, ShopHandlers['Ask']]>([
    ['never answers', () => {}],
    [
      'answers too late',
      (call, answer) => call.on('cancelled', () => setTimeout(() => answer(null, { n: 1 }), 20)),
    ],
  ])('end where a unary handler %s', async (_title, Ask) => {
    await shop.open({ Ask });
    expect(await shop.ask({ deadline: Date.now() + 250 })).toBe('DEADLINE_EXCEEDED');
    expect(await shop.ends()).toEqual(end('Ask', 'DEADLINE_EXCEEDED ERROR', 'DEADLINE_EXCEEDED ERROR'));

    shop.recorder.clear();
    const { requestSerialize, responseDeserialize } = json;
    const call = shop.client.makeUnaryRequest(
      definition.Ask.path,
      requestSerialize,
      responseDeserialize,
      { n: 0 },
      () => {},
    );
    call.on('metadata', () => {});
    await shop.whenOpen(2);
    call.cancel();
    expect(await shop.ends()).toEqual(end('Ask', 'CANCELLED ERROR', 'CANCELLED UNSET'));
  });

  it('keep the trailers of an answer', async () => {
    await shop.open({
      Ask(_call, answer) {
        const trailers = new grpc.Metadata();
        trailers.set('cost', '7');
        answer(null, { n: 1 }, trailers);
      },
    });
    const trailers = await new Promise<grpc.Metadata>((resolve) => {
      const call = shop.client.makeUnaryRequest(
        definition.Ask.path,
        json.requestSerialize,
        json.responseDeserialize,
        { n: 0 },
        () => {},
      );
      call.on('status', ({ metadata }) => resolve(metadata));
    });
    expect(trailers.get('cost')).toEqual(['7']);
  });

  it('end where the call cannot be started, sent or delivered', async () => {
    await shop.open({});
    const start = shop.client.makeUnaryRequest as unknown as (...args: unknown[]) => unknown;
    expect(() =>
      start.call(
        shop.client,
        definition.Ask.path,
        json.requestSerialize,
        json.responseDeserialize,
        { n: 0 },
        'no',
      ),
    ).toThrow();
    expect(await shop.ends(1)).toEqual(end('Ask', 'INTERNAL ERROR'));

    shop.recorder.clear();
    const failed = Promise.withResolvers<void>();
    const unserialisable = () => {
      throw new Error('no');
    };
    shop.client.makeUnaryRequest(
      definition.Ask.path,
      unserialisable,
      json.responseDeserialize,
      { n: 0 },
      () => failed.resolve(),
    );
    await failed.promise;
    expect((await shop.ends(1))[0]).toBe('CLIENT shop.v1.Shop/Ask INTERNAL ERROR');

    shop.recorder.clear();
    shop.server.forceShutdown();
    expect(await shop.ask({ deadline: Date.now() + 2_000 })).toBe('UNAVAILABLE');
    expect(await shop.ends(1)).toEqual(end('Ask', 'UNAVAILABLE ERROR'));
  });

  it('are made once, with their address, by generated clients', async () => {
    await shop.open({});
    const Generated = grpc.makeGenericClientConstructor(definition, 'Shop');
    const generated = new Generated(`127.0.0.1:${shop.port}`, grpc.credentials.createInsecure());
    const metadata = new grpc.Metadata();
    await new Promise<void>((resolve) => {
      (generated['Ask'] as (...args: unknown[]) => unknown)({ n: 0 }, metadata, () => resolve());
    });
    generated.close();
    expect(await shop.ends()).toEqual(end('Ask', 'OK UNSET', 'OK UNSET'));
    expect(shop.recorder.spans[0]?.attributes['server.port']).toBe(shop.port);
    // Another call with the same metadata must not continue this one.
    expect(metadata.toJSON()).toEqual({});
  });
});
