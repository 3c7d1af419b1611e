import { gpuCoordinator, inferenceEngine } from '@ryzanstein/contracts';
import { aborted, coordinator, engine, rejection, serve, until } from '../../test/served.ts';
import type { RpcError } from '../index.ts';

/** An engine with a call that ends when told to, and otherwise only when given up. */
async function busy() {
  let finish: (() => void) | undefined;
  const reasons: string[] = [];
  const served = await serve(
    inferenceEngine,
    engine({
      async GetLoad(_request, ctx) {
        await Promise.race([new Promise<void>((resolve) => (finish = resolve)), aborted(ctx.signal)]);
        if (ctx.signal.aborted) reasons.push((ctx.signal.reason as RpcError).code);
        return { active: 1 };
      },
      async *Generate(_request, ctx) {
        yield {};
        await aborted(ctx.signal);
        reasons.push((ctx.signal.reason as RpcError).code);
      },
      GetModelInfo: async () => ({ model: 'm' }),
    }),
  );
  return { ...served, reasons, finish: () => finish?.(), started: () => finish !== undefined };
}

describe('a drain', () => {
  it('waits for running calls and refuses new ones', async () => {
    const { client, server, finish, started, reasons } = await busy();
    const running = client.GetLoad({});
    await until(started);
    const drained = server.drain(10_000);
    expect(await rejection(client.GetModelInfo({}))).toMatchObject({
      code: 'UNAVAILABLE',
      message: 'The server is shutting down.',
    });
    finish();
    expect(await running).toMatchObject({ active: 1 });
    expect(await drained).toBe('drained');
    expect(reasons).toEqual([]);
    expect(await rejection(client.GetModelInfo({}, { timeoutMs: 2_000 }))).toMatchObject({
      code: 'UNAVAILABLE',
    });
  });

  it('lets a stream finish', async () => {
    let go: (() => void) | undefined;
    const { client, server } = await serve(
      inferenceEngine,
      engine({
        async *Generate() {
          yield { delta: { text: 'a' } };
          await new Promise<void>((resolve) => (go = resolve));
          yield { delta: { text: 'b' } };
        },
      }),
    );
    const texts: unknown[] = [];
    const reading = (async () => {
      for await (const event of client.Generate({})) texts.push(event.delta?.text);
    })();
    await until(() => go !== undefined);
    const drained = server.drain(10_000);
    go?.();
    expect(await drained).toBe('drained');
    await reading;
    expect(texts).toEqual(['a', 'b']);
  });

  it('gives up after the grace time, telling both sides UNAVAILABLE', async () => {
    const { client, server, reasons, started } = await busy();
    const call = rejection(client.GetLoad({}));
    const stream = client.Generate({});
    await stream.next();
    await until(started);
    expect(await server.drain(20)).toBe('forced');
    const unavailable = { code: 'UNAVAILABLE', message: 'The server is shutting down.' };
    expect(await call).toMatchObject(unavailable);
    expect(await rejection(stream.next())).toMatchObject(unavailable);
    await until(() => reasons.length === 2);
    expect(reasons).toEqual(['UNAVAILABLE', 'UNAVAILABLE']);
    expect(server.inFlight).toBe(0);
  });

  it('is cut short by force', async () => {
    const { client, server, started } = await busy();
    const call = rejection(client.GetLoad({}));
    await until(started);
    const force = new AbortController();
    const drained = server.drain(60_000, force.signal);
    force.abort();
    expect(await drained).toBe('forced');
    expect(await call).toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('is cut short by force that comes with a second call of it, or before it', async () => {
    const { client, server, started } = await busy();
    const call = rejection(client.GetLoad({}));
    await until(started);
    const drained = server.drain(60_000);
    expect(await server.drain(60_000, AbortSignal.abort())).toBe('forced');
    expect(await drained).toBe('forced');
    expect(await call).toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('ends long-lived calls at its start, and these have no deadline of the server', async () => {
    const deadlines: unknown[] = [];
    const { client, server } = await serve(
      gpuCoordinator,
      coordinator({
        async *KeepAlive(requests, ctx) {
          deadlines.push(ctx.deadlineAtMs);
          for await (const request of requests) yield { lostLeaseIds: [request.holderId] };
        },
        async *WatchLeases(_request, ctx) {
          deadlines.push(ctx.deadlineAtMs);
          yield {};
          await aborted(ctx.signal);
        },
        async Release(_request, ctx) {
          deadlines.push(ctx.deadlineAtMs);
          return {};
        },
      }),
      { defaultDeadlineMs: 60_000, maxDeadlineMs: 60_000, add: { longLived: ['KeepAlive', 'WatchLeases'] } },
    );
    const keepAlive = client.KeepAlive();
    await keepAlive.send({ holderId: 'a' });
    await keepAlive.next();
    const watch = client.WatchLeases({});
    await watch.next();
    await client.Release({});
    expect(deadlines).toEqual([undefined, undefined, expect.any(Number)]);
    const drained = server.drain(60_000);
    expect(await rejection(keepAlive.next())).toMatchObject({ code: 'UNAVAILABLE' });
    expect(await rejection(watch.next())).toMatchObject({ code: 'UNAVAILABLE' });
    expect(await drained).toBe('drained');
  });

  it('needs no server that listens, and may come twice', async () => {
    const { server } = await busy();
    expect(await server.drain(1_000)).toBe('drained');
    expect(await server.drain(1_000)).toBe('drained');
    await server.close();
  });
});

describe('close', () => {
  it('ends everything at once', async () => {
    const { client, server } = await busy();
    const stream = client.Generate({});
    await stream.next();
    const next = rejection(stream.next());
    await server.close();
    expect(await next).toMatchObject({ code: 'UNAVAILABLE' });
    expect(server.inFlight).toBe(0);
  });
});
