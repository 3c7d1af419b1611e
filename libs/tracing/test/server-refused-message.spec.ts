import { once } from 'node:events';
import { connect } from 'node:http2';
import { ContractShop } from './contract-shop.ts';

const overlong = Buffer.from([0, 0x7f, 0xff, 0xff, 0xff]);

// The order matters: what was patched stays so in this process.
const sources = ['interceptors', 'instrumentation'] as const;

it.each(sources)(
  '%s: makes no span, and calls no handler, for a request refused as it came',
  async (source) => {
    let served = 0;
    const shop = await new ContractShop(source, {
      handlers: {
        Ask(_call, answer) {
          served += 1;
          answer(null, { n: 1 });
        },
      },
    }).open();
    const session = connect(`http://127.0.0.1:${shop.port}`);
    try {
      for (let call = 0; call < 20; call++) {
        const stream = session.request({
          ':method': 'POST',
          ':path': '/shop.v1.Shop/Ask',
          'content-type': 'application/grpc',
          te: 'trailers',
        });
        stream.resume();
        let headers: Readonly<Record<string, unknown>> = {};
        stream.on('response', (answered: Readonly<Record<string, unknown>>) => (headers = answered));
        const message = Buffer.from('{"n":1}');
        stream.write(Buffer.concat([Buffer.from([0, 0, 0, 0, message.length]), message]));
        stream.end(overlong);
        await once(stream, 'close');
        expect(headers['grpc-status']).toBe('8');
      }
      for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
      expect({ served, open: shop.recorder.open, live: await shop.liveSpans() }).toEqual({
        served: 0,
        open: [],
        live: 0,
      });
    } finally {
      session.destroy();
      await shop.close();
    }
  },
);
