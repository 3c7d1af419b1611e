import { once } from 'node:events';
import { connect } from 'node:http2';
import { inferenceEngine } from '@ryzanstein/contracts';
import { engine, serve } from '../../test/served.ts';

const message = Buffer.from([0, 0, 0, 0, 0]);
const overlong = Buffer.from([0, 0x7f, 0xff, 0xff, 0xff]);

it.each(['GetLoad', 'Generate'])(
  '%s is not called for a request that was refused as it came',
  async (method) => {
    let served = 0;
    const { address, server } = await serve(
      inferenceEngine,
      engine({
        async GetLoad() {
          served += 1;
          return {};
        },
        async *Generate() {
          served += 1;
          yield {};
        },
      }),
    );
    const session = connect(`http://${address}`);
    try {
      for (let call = 0; call < 20; call++) {
        const stream = session.request({
          ':method': 'POST',
          ':path': `/ryzanstein.engine.v1.InferenceEngine/${method}`,
          'content-type': 'application/grpc',
          te: 'trailers',
        });
        stream.resume();
        stream.write(message);
        stream.end(overlong);
        await once(stream, 'close');
      }
      for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
      expect({ served, inFlight: server.inFlight }).toEqual({ served: 0, inFlight: 0 });
    } finally {
      session.destroy();
    }
  },
);
