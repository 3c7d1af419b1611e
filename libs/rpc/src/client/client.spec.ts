import { createServer } from 'node:net';
import * as grpc from '@grpc/grpc-js';
import { inferenceEngine } from '@ryzanstein/contracts';
import { aborted, engine, recordingLogger, rejection, serve, until } from '../../test/served.ts';
import { createRpcClient, createRpcServer, RpcError } from '../index.ts';

/** An address where nobody listens. */
async function freeAddress(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (typeof address !== 'object' || !address) throw new Error('no address');
  return `127.0.0.1:${address.port}`;
}

describe('a client', () => {
  it('sends metadata of either kind, and leaves that of the caller alone', async () => {
    const seen: unknown[] = [];
    const { client } = await serve(
      inferenceEngine,
      engine({
        async GetLoad(_request, ctx) {
          seen.push(ctx.metadata.get('x-key'));
          return {};
        },
      }),
      {
        client: {
          interceptors: [
            (options, next) =>
              new grpc.InterceptingCall(next(options), {
                start(metadata, listener, start) {
                  metadata.add('x-key', 'added');
                  start(metadata, listener);
                },
              }),
          ],
        },
      },
    );
    const metadata = new grpc.Metadata();
    metadata.set('x-key', 'a');
    await client.GetLoad({}, { metadata });
    await client.GetLoad({}, { metadata: { 'x-key': 'b' } });
    expect(seen).toEqual([['a, added'], ['b, added']]);
    expect(metadata.get('x-key')).toEqual(['a']);
  });

  it('fails with UNAVAILABLE where nobody listens', async () => {
    const client = createRpcClient(inferenceEngine, await freeAddress());
    expect(await rejection(client.GetLoad({}))).toMatchObject({ code: 'UNAVAILABLE' });
    expect(await rejection(client.Generate({}).next())).toMatchObject({ code: 'UNAVAILABLE' });
    expect(await rejection(client.waitForReady(30))).toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringMatching(/^127\.0\.0\.1:\d+ could not be reached in 30 ms\.$/),
    });
    client.close();
  });

  it('finds a server that comes back', async () => {
    const address = await freeAddress();
    const client = createRpcClient(inferenceEngine, address);
    const start = async () => {
      const server = createRpcServer({ logger: recordingLogger([]) });
      server.add(inferenceEngine, engine({ GetLoad: async () => ({ active: 1 }) }));
      await server.listen(address);
      return server;
    };
    const first = await start();
    expect(await client.GetLoad({})).toMatchObject({ active: 1 });
    await first.close();
    expect(await rejection(client.GetLoad({}))).toMatchObject({ code: 'UNAVAILABLE' });
    const startedMs = performance.now();
    const second = await start();
    await client.waitForReady(10_000);
    expect(performance.now() - startedMs).toBeLessThan(5_000);
    expect(await client.GetLoad({})).toMatchObject({ active: 1 });
    client.close();
    await second.close();
  });

  it('closes with its calls, and makes no new ones', async () => {
    const { client, server } = await serve(
      inferenceEngine,
      engine({
        async *Generate(_request, ctx) {
          yield {};
          await aborted(ctx.signal);
        },
      }),
    );
    const stream = client.Generate({});
    await stream.next();
    client.close();
    const closed = { code: 'CANCELLED', message: 'The client was closed.' };
    expect(await rejection(stream.next())).toMatchObject(closed);
    expect(await rejection(client.GetLoad({}))).toMatchObject(closed);
    const late = client.Generate({});
    expect(await rejection(late.next())).toMatchObject(closed);
    expect((await late.headers).getMap()).toEqual({});
    expect((await late.trailers).getMap()).toEqual({});
    expect(await rejection(client.waitForReady(1_000))).toMatchObject(closed);
    await until(() => server.inFlight === 0);
  });

  it('does not start a call whose signal has aborted or whose time is up', async () => {
    let calls = 0;
    const { client } = await serve(
      inferenceEngine,
      engine({
        async GetLoad() {
          calls++;
          return {};
        },
      }),
    );
    const why = new RpcError('ABORTED', 'Not needed any more.');
    expect(await rejection(client.GetLoad({}, { signal: AbortSignal.abort(why) }))).toBe(why);
    const reason = new Error('anything');
    expect(await rejection(client.GetLoad({}, { signal: AbortSignal.abort(reason) }))).toMatchObject({
      code: 'CANCELLED',
      cause: reason,
    });
    expect(await rejection(client.GetLoad({}, { timeoutMs: 0 }))).toMatchObject({
      code: 'DEADLINE_EXCEEDED',
    });
    expect(calls).toBe(0);
  });

  it('takes the timeout of a signal as a deadline', async () => {
    const { client } = await serve(inferenceEngine, engine({ GetLoad: () => new Promise(() => undefined) }));
    expect(await rejection(client.GetLoad({}, { signal: AbortSignal.timeout(20) }))).toMatchObject({
      code: 'DEADLINE_EXCEEDED',
    });
  });

  it('has a default timeout, which a call may replace or lift', async () => {
    const deadlines: (number | undefined)[] = [];
    const { client } = await serve(
      inferenceEngine,
      engine({
        async GetLoad(_request, ctx) {
          deadlines.push(ctx.deadlineAtMs && Math.round((ctx.deadlineAtMs - Date.now()) / 10_000));
          return {};
        },
      }),
      { client: { defaultTimeoutMs: 30_000 } },
    );
    await client.GetLoad({});
    await client.GetLoad({}, { timeoutMs: 60_000 });
    await client.GetLoad({}, { timeoutMs: Infinity });
    await client.GetLoad({}, { timeoutMs: 1e12 });
    expect(deadlines).toEqual([3, 6, undefined, undefined]);
  });

  it('fails a request that cannot be written without sending it', async () => {
    const { client } = await serve(inferenceEngine, engine({ GetLoad: async () => ({}) }));
    expect(await rejection(client.Tokenize({ chat: 'no message' as never }))).toMatchObject({
      code: 'INTERNAL',
    });
  });

  it('reports no rejection that nobody looks at but those of its promises', async () => {
    const { client } = await serve(inferenceEngine, engine({}));
    const stream = client.Generate({}, { signal: AbortSignal.abort() });
    expect((await stream.headers).getMap()).toEqual({});
    expect((await stream.trailers).getMap()).toEqual({});
  });
});
