import { once } from 'node:events';
import { connect, type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2';
import { gpuCoordinator, inferenceEngine } from '@ryzanstein/contracts';
import { coordinator, engine, serve, until } from '../../test/served.ts';

const message = Buffer.from([0, 0, 0, 0, 0]);
const overlong = Buffer.from([0, 0x7f, 0xff, 0xff, 0xff]);
const text = 'x'.repeat(10_000);
// More than a caller who does not read is sent.
const messages = 100;

let session: ClientHttp2Session | undefined;
afterEach(() => session?.destroy());

/** A call that reads nothing yet. */
function call(address: string, path: string, headers: object = {}): ClientHttp2Stream {
  session = connect(`http://${address}`);
  return session.request({
    ':method': 'POST',
    ':path': `/ryzanstein.${path}`,
    'content-type': 'application/grpc',
    te: 'trailers',
    ...headers,
  });
}

async function statusOf(stream: ClientHttp2Stream): Promise<unknown> {
  const trailers = once(stream, 'trailers') as Promise<[Record<string, unknown>]>;
  stream.resume();
  return (await trailers)[0]['grpc-status'];
}

describe('a stream whose messages wait for its reader', () => {
  it('ends with its status when its deadline passes meanwhile', async () => {
    const { address, server } = await serve(
      inferenceEngine,
      engine({
        async *Generate() {
          for (let sent = 0; sent < messages; sent++) yield { delta: { text, tokens: 1 } };
        },
      }),
    );
    const stream = call(address, 'engine.v1.InferenceEngine/Generate', { 'grpc-timeout': '200m' });
    stream.end(message);
    await until(() => server.inFlight === 1);
    const startMs = performance.now();
    // grpc-js comes to it a moment after this server's own timer.
    await until(() => server.inFlight === 0 && performance.now() > startMs + 250);
    expect(await statusOf(stream)).toBe('4');
  });

  it('ends with its status when a request of it is refused meanwhile', async () => {
    let yielded = 0;
    const { address } = await serve(
      gpuCoordinator,
      coordinator({
        async *KeepAlive(requests) {
          const reading = requests[Symbol.asyncIterator]();
          await reading.next();
          reading.next().catch(() => {});
          for (; yielded < messages; yielded++) yield { lostLeaseIds: [text] };
        },
      }),
    );
    const stream = call(address, 'gpu.v1.GpuCoordinator/KeepAlive');
    stream.write(message);
    let before = 0;
    await until(() => {
      const waits = yielded > 0 && yielded === before;
      before = yielded;
      return waits;
    });
    await new Promise((resolve) => stream.write(overlong, resolve));
    // Behind it on the same connection, so that it has been looked at once this is answered.
    await new Promise((resolve) => session?.ping(resolve));
    expect(await statusOf(stream)).toBe('8');
  });
});
