import { gpuCoordinator } from '@ryzanstein/contracts';
import { aborted, coordinator, rejection, serve, until } from '../../test/served.ts';
import { sumService, type Term } from '../../test/sum-service.ts';
import { RpcError } from '../index.ts';

async function* runningSum(terms: AsyncIterable<Term>) {
  let value = 0;
  for await (const term of terms) yield { value: (value += term.value) };
}

describe('a bidi stream', () => {
  it('answers as it is asked, and goes on after the last request', async () => {
    const { client } = await serve(
      gpuCoordinator,
      coordinator({
        async *KeepAlive(requests) {
          for await (const request of requests) yield { lostLeaseIds: [request.holderId], nextWithinMs: 10 };
          yield { lostLeaseIds: ['last'] };
        },
      }),
    );
    const stream = client.KeepAlive();
    await stream.send({ holderId: 'a' });
    expect(await stream.next()).toMatchObject({ value: { lostLeaseIds: ['a'], nextWithinMs: 10 } });
    await stream.send({ holderId: 'b' });
    expect(await stream.next()).toMatchObject({ value: { lostLeaseIds: ['b'] } });
    stream.end();
    stream.end();
    await expect(stream.send({ holderId: 'c' })).rejects.toMatchObject({ code: 'FAILED_PRECONDITION' });
    expect(await stream.next()).toMatchObject({ value: { lostLeaseIds: ['last'] } });
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    await expect(stream.send({ holderId: 'd' })).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  it('carries a thousand messages both ways at once', async () => {
    const { client } = await serve(sumService, { Sum: async () => ({ value: 0 }), RunningSum: runningSum });
    const stream = client.RunningSum();
    const sending = (async () => {
      for (let n = 0; n < 1_000; n++) await stream.send({ value: 1 });
      stream.end();
    })();
    const seen: number[] = [];
    for await (const { value } of stream) seen.push(value);
    await sending;
    expect(seen).toEqual(Array.from({ length: 1_000 }, (_, n) => n + 1));
  });

  it('may end before its requests do', async () => {
    const { client } = await serve(sumService, {
      Sum: async () => ({ value: 0 }),
      async *RunningSum(terms) {
        for await (const term of terms) {
          yield term;
          return;
        }
      },
    });
    const stream = client.RunningSum();
    await stream.send({ value: 3 });
    const seen: number[] = [];
    for await (const { value } of stream) seen.push(value);
    expect(seen).toEqual([3]);
    await expect(stream.send({ value: 1 })).rejects.toMatchObject({
      message: 'The server has ended the call.',
    });
  });

  it('fails with what the handler throws, to reader and sender', async () => {
    const { client } = await serve(sumService, {
      Sum: async () => ({ value: 0 }),
      async *RunningSum(terms) {
        for await (const term of terms) {
          yield term;
          throw new RpcError('ABORTED', 'Enough.');
        }
      },
    });
    const stream = client.RunningSum();
    await stream.send({ value: 3 });
    expect(await stream.next()).toMatchObject({ value: { value: 3 } });
    expect(await rejection(stream.next())).toMatchObject({ code: 'ABORTED', message: 'Enough.' });
    expect(await rejection(stream.send({ value: 3 }))).toMatchObject({ code: 'ABORTED', message: 'Enough.' });
  });

  it.each([
    [
      'leaving the iteration',
      async (stream: AsyncIterableIterator<unknown>) => void (await stream.return?.()),
    ],
    ['cancel()', (stream: { cancel(): void }) => Promise.resolve(stream.cancel())],
  ])('that is given up by %s stops the handler in either direction', async (_how, leave) => {
    const ends: unknown[] = [];
    const outcomes: unknown[] = [];
    const { client } = await serve(
      sumService,
      {
        Sum: async () => ({ value: 0 }),
        async *RunningSum(terms, ctx) {
          try {
            for await (const term of terms) yield term;
            ends.push('complete');
          } catch (reason) {
            ends.push((reason as RpcError).code);
          } finally {
            await aborted(ctx.signal);
            ends.push('returned');
          }
        },
      },
      {
        onCall(call, next) {
          call.onEnd((outcome) => outcomes.push(outcome.code));
          next();
        },
      },
    );
    const stream = client.RunningSum();
    await stream.send({ value: 1 });
    await stream.next();
    await leave(stream);
    await until(() => ends.length === 2);
    expect(ends).toEqual(['CANCELLED', 'returned']);
    expect(outcomes).toEqual(['CANCELLED']);
  });

  it('lets a sender wait for a server that does not read, and frees it when the call ends', async () => {
    const { client } = await serve(sumService, {
      Sum: async () => ({ value: 0 }),
      async *RunningSum(_terms, ctx) {
        await aborted(ctx.signal);
        yield { value: 0 };
      },
    });
    const stream = client.RunningSum();
    const padding = 'x'.repeat(4_000);
    let sent = 0;
    const sending = rejection(
      (async () => {
        for (;;) {
          await stream.send({ value: 1, padding } as Term);
          sent++;
        }
      })(),
    );
    let before = -1;
    await until(() => {
      const still = sent === before && sent > 0;
      before = sent;
      return still;
    });
    stream.cancel();
    expect(await sending).toMatchObject({ code: 'CANCELLED' });
  });
});
