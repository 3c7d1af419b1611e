import grpc from '@grpc/grpc-js';
import { pour, type Message, type ShopHandlers } from './shop-calls.ts';
import { end, Shop } from './shop.ts';

let shop: Shop;
beforeEach(() => {
  shop = new Shop();
});
afterEach(() => shop.close());

describe('spans of streams', () => {
  it.each<[string, ShopHandlers['Down']]>([
    ['returns', pour],
    [
      'ends the call',
      (call) => {
        pour(call);
        call.on('cancelled', () => call.end());
      },
    ],
    [
      'destroys the call',
      (call) => {
        pour(call);
        call.on('cancelled', () => call.destroy());
      },
    ],
    [
      'destroys the call with an error',
      (call) => {
        pour(call);
        call.on('error', () => {});
        call.on('cancelled', () => call.destroy(new Error('gone')));
      },
    ],
  ])('end where a stream is cancelled or expires and its handler %s', async (_title, Down) => {
    await shop.open({ Down });
    const cancelled = shop.down();
    await new Promise((resolve) => cancelled.once('data', resolve));
    cancelled.cancel();
    expect(await shop.ends()).toEqual(end('Down', 'CANCELLED ERROR', 'CANCELLED UNSET'));

    shop.recorder.clear();
    const expired = shop.down({ deadline: Date.now() + 250 });
    expired.resume();
    expect(await shop.ends()).toEqual(end('Down', 'DEADLINE_EXCEEDED ERROR', 'DEADLINE_EXCEEDED ERROR'));
  });

  it.each<[string, Partial<ShopHandlers>, string, string]>([
    [
      'ends',
      {
        Down: (call) => {
          call.write({ n: 1 });
          call.end();
        },
      },
      'OK UNSET',
      'OK UNSET',
    ],
    [
      'fails',
      {
        Down: (call) => {
          call.write({ n: 1 });
          call.emit('error', { code: grpc.status.INTERNAL, details: 'no' });
        },
      },
      'INTERNAL ERROR',
      'INTERNAL ERROR',
    ],
    [
      'throws',
      {
        Down: () => {
          throw new Error('no');
        },
      },
      'UNKNOWN ERROR',
      'UNKNOWN ERROR',
    ],
  ])('end once where a streaming handler %s', async (_title, handlers, clientEnd, serverEnd) => {
    await shop.open(handlers);
    shop.down().resume();
    expect(await shop.ends()).toEqual(end('Down', clientEnd, serverEnd));
  });

  it('end where the reader leaves its loop or destroys the stream', async () => {
    await shop.open({ Down: pour });
    const left = shop.down();
    for await (const _message of left) break;
    const [leftEnd] = await shop.clientEnds();
    expect(leftEnd).toBe('CANCELLED ERROR');
    left.cancel();
    await shop.recorder.whenIdle(2);

    shop.recorder.clear();
    const destroyed = shop.down();
    await new Promise((resolve) => destroyed.once('data', resolve));
    destroyed.destroy();
    expect(await shop.clientEnds()).toEqual(['CANCELLED ERROR']);
    destroyed.cancel();
    await shop.recorder.whenIdle(2);
  });

  it('end where requests are streamed', async () => {
    await shop.open({
      Up(call, answer) {
        let n = 0;
        call.on('data', () => (n += 1));
        call.on('end', () => answer(null, { n }));
        call.on('error', () => {});
      },
      Both(call) {
        call.on('data', (message: Message) => call.write(message));
        call.on('end', () => call.end());
        call.on('error', () => {});
      },
    });
    const sent = Promise.withResolvers<string>();
    const sending = shop.up(sent.resolve);
    sending.write({ n: 1 });
    sending.end();
    expect(await sent.promise).toBe('OK');
    expect(await shop.ends()).toEqual(end('Up', 'OK UNSET', 'OK UNSET'));

    shop.recorder.clear();
    const talking = shop.both();
    talking.resume();
    talking.write({ n: 1 });
    talking.end();
    expect(await shop.ends()).toEqual(end('Both', 'OK UNSET', 'OK UNSET'));

    shop.recorder.clear();
    const gone = Promise.withResolvers<string>();
    const leaving = shop.up(gone.resolve);
    leaving.write({ n: 1 });
    await shop.whenOpen(2);
    leaving.cancel();
    expect(await gone.promise).toBe('CANCELLED');
    expect(await shop.ends()).toEqual(end('Up', 'CANCELLED ERROR', 'CANCELLED UNSET'));

    shop.recorder.clear();
    const silent = shop.both();
    silent.resume();
    silent.write({ n: 1 });
    await new Promise((resolve) => silent.once('data', resolve));
    silent.cancel();
    expect(await shop.ends()).toEqual(end('Both', 'CANCELLED ERROR', 'CANCELLED UNSET'));
  });

  it('are no error where the server has the last word', async () => {
    await shop.open({
      Both(call) {
        call.on('error', () => {});
        call.on('data', (message: Message) => {
          call.write(message);
          call.end();
        });
      },
      Up(call, answer) {
        call.on('error', () => {});
        call.once('data', () => answer(null, { n: 1 }));
      },
    });
    const talking = shop.both();
    talking.resume();
    talking.write({ n: 1 });
    expect(await shop.ends()).toEqual(end('Both', 'OK UNSET', 'OK UNSET'));

    shop.recorder.clear();
    const sent = Promise.withResolvers<string>();
    const sending = shop.up(sent.resolve);
    sending.write({ n: 1 });
    expect(await sent.promise).toBe('OK');
    expect(await shop.ends()).toEqual(end('Up', 'OK UNSET', 'OK UNSET'));
  });

  it('are parents of what the handler starts, also from its event listeners', async () => {
    await shop.open({
      Up(call, answer) {
        call.resume();
        call.on('end', () => {
          shop.telemetry.tracer.startSpan('counted', () => {});
          answer(null, { n: 1 });
        });
      },
    });
    const sent = Promise.withResolvers<string>();
    shop.up(sent.resolve).end();
    await sent.promise;
    const spans = await shop.recorder.whenIdle(3);
    const counted = spans.find(({ name }) => name === 'counted');
    expect(counted?.parentSpanId).toBe(spans.find(({ kind }) => kind === 'SERVER')?.spanId);
  });
});
