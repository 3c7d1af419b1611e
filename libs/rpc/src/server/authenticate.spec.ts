import { connect } from 'node:http2';
import { once } from 'node:events';
import * as grpc from '@grpc/grpc-js';
import { gpuCoordinator, inferenceEngine, reflectedPackage } from '@ryzanstein/contracts';
import { coordinator, engine, rejection, serve } from '../../test/served.ts';
import { sumService } from '../../test/sum-service.ts';
import { RpcError, type Authenticate, type RpcServerOptions } from '../index.ts';

const onlyMe: Authenticate = (metadata) => {
  if (metadata.get('authorization')[0] === 'me') return 'somebody';
  throw new RpcError('UNAUTHENTICATED', 'Say who you are.');
};
const options = {
  authenticate: onlyMe,
  onCall(call, next) {
    call.responseHeaders.set('x-request-id', 'r-1');
    call.trailers.set('x-request-id', 'r-1');
    next();
  },
} satisfies Partial<RpcServerOptions>;
const refused = {
  code: 'UNAUTHENTICATED',
  message: 'Say who you are.',
  trailers: { 'x-request-id': 'r-1' },
};
const me = { metadata: { authorization: 'me' } };

async function all<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const received: T[] = [];
  for await (const one of stream) received.push(one);
  return received;
}

describe('a server that asks who calls', () => {
  it('tells the handler, and refuses others before it is called: one answer', async () => {
    const subjects: unknown[] = [];
    const { client } = await serve(
      inferenceEngine,
      engine({
        async Tokenize(_request, { subject }) {
          subjects.push(subject);
          return { tokens: 1 };
        },
        async *Generate(_request, { subject }) {
          subjects.push(subject);
          yield { delta: { text: 'a' } };
        },
      }),
      options,
    );
    expect(await rejection(client.Tokenize({ text: 'x' }))).toMatchObject(refused);
    expect(await rejection(all(client.Generate({})))).toMatchObject(refused);
    expect(subjects).toEqual([]);
    await client.Tokenize({ text: 'x' }, me);
    expect(await all(client.Generate({}, me))).toHaveLength(1);
    expect(subjects).toEqual(['somebody', 'somebody']);
  });

  it('refuses those who send streams', async () => {
    const { client } = await serve(
      gpuCoordinator,
      coordinator({
        async *KeepAlive(requests) {
          for await (const _request of requests) yield {};
        },
      }),
      options,
    );
    expect(await rejection(all(client.KeepAlive()))).toMatchObject(refused);
    const stream = client.KeepAlive(me);
    await stream.send({});
    expect((await stream.next()).done).toBe(false);
    stream.cancel();

    const sums = await serve(
      sumService,
      { Sum: async () => ({ value: 1 }), async *RunningSum() {} },
      options,
    );
    expect(await rejection(sums.client.Sum().response)).toMatchObject(refused);
  });

  it('answers who is refused without a byte of the body', async () => {
    const { address, server } = await serve(inferenceEngine, engine({}), options);
    const session = connect(`http://${address}`);
    const stream = session.request({
      ':method': 'POST',
      ':path': '/ryzanstein.engine.v1.InferenceEngine/Tokenize',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    const [trailers] = (await once(stream, 'trailers')) as [Record<string, string>];
    expect(trailers).toMatchObject({ 'grpc-status': '16', 'x-request-id': 'r-1' });
    expect(server.inFlight).toBe(0);
    session.destroy();
  });

  it('asks nobody about health and reflection', async () => {
    const { address } = await serve(inferenceEngine, engine({}), {
      ...options,
      reflection: reflectedPackage,
    });
    const raw = new grpc.Client(address, grpc.credentials.createInsecure());
    const bytes = (value: Buffer): Buffer => value;
    const health = await new Promise<Buffer | undefined>((resolve, reject) =>
      raw.makeUnaryRequest('/grpc.health.v1.Health/Check', bytes, bytes, Buffer.alloc(0), (error, answer) =>
        error ? reject(error) : resolve(answer),
      ),
    );
    expect(health).toEqual(Buffer.from([0x08, 1]));
    const reflection = raw.makeBidiStreamRequest(
      '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
      bytes,
      bytes,
    );
    // list_services = 7: ""
    reflection.write(Buffer.from([0x3a, 0]));
    const [answer] = (await once(reflection, 'data')) as [Buffer];
    expect(answer.toString()).toContain('ryzanstein.engine.v1.InferenceEngine');
    reflection.on('error', () => {});
    reflection.cancel();
    raw.close();
  });

  it('says nothing of what failed where it cannot tell', async () => {
    const { client, log } = await serve(inferenceEngine, engine({}), {
      authenticate() {
        throw new Error('a secret');
      },
    });
    const error = await rejection(client.GetLoad({}));
    expect(error).toMatchObject({ code: 'INTERNAL' });
    expect(String(error)).not.toContain('secret');
    expect(log).toMatchObject([{ level: 'error', message: 'handler failed' }]);
  });
});
