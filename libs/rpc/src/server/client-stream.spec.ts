import { rejection, serve, until } from '../../test/served.ts';
import { sumService, type Term } from '../../test/sum-service.ts';
import { RpcError } from '../index.ts';

async function total(terms: AsyncIterable<Term>): Promise<number> {
  let sum = 0;
  for await (const term of terms) sum += term.value;
  return sum;
}

async function* none() {}

describe('a client stream', () => {
  it('is answered once all requests are in', async () => {
    const { client } = await serve(sumService, {
      Sum: async (terms, ctx) => {
        ctx.trailers.set('x-trailer', 't');
        return { value: await total(terms) };
      },
      RunningSum: none,
    });
    let trailer: unknown;
    const call = client.Sum({ onTrailers: (trailers) => (trailer = trailers.get('x-trailer')) });
    for (let value = 1; value <= 200; value++) await call.send({ value });
    call.end();
    expect(await call.response).toEqual({ value: 20_100 });
    expect(trailer).toEqual(['t']);
    await expect(call.send({ value: 1 })).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  it('may be answered before all requests are in', async () => {
    const { client } = await serve(sumService, {
      Sum: async (terms) => {
        for await (const term of terms) return term;
        return { value: 0 };
      },
      RunningSum: none,
    });
    const call = client.Sum();
    await call.send({ value: 7 });
    expect(await call.response).toEqual({ value: 7 });
    await expect(call.send({ value: 8 })).rejects.toMatchObject({
      code: 'CANCELLED',
      message: 'The server has ended the call.',
    });
  });

  it('that is cut off fails in the handler and never looks complete', async () => {
    let entered = false;
    let seen: unknown;
    const outcomes: unknown[] = [];
    const { client } = await serve(
      sumService,
      {
        Sum: async (terms) => {
          entered = true;
          try {
            return { value: await total(terms) };
          } catch (reason) {
            seen = reason;
            throw reason;
          } finally {
            seen ??= 'complete';
          }
        },
        RunningSum: none,
      },
      {
        onCall(call, next) {
          call.onEnd((outcome) => outcomes.push(outcome.code));
          next();
        },
      },
    );
    const call = client.Sum();
    await call.send({ value: 1 });
    await call.send({ value: 2 });
    await until(() => entered);
    call.cancel();
    expect(await rejection(call.response)).toMatchObject({ code: 'CANCELLED' });
    await until(() => seen !== undefined);
    expect(seen).toMatchObject({ code: 'CANCELLED' });
    expect(outcomes).toEqual(['CANCELLED']);
    await expect(call.send({ value: 3 })).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  it('waits for a server that does not read', async () => {
    let go: (() => void) | undefined;
    const { client } = await serve(sumService, {
      Sum: async (terms) => {
        await new Promise<void>((resolve) => (go = resolve));
        return { value: await total(terms) };
      },
      RunningSum: none,
    });
    const call = client.Sum();
    const padding = 'x'.repeat(4_000);
    let sent = 0;
    const sending = (async () => {
      for (; sent < 2_000; sent++) await call.send({ value: 1, padding } as Term);
      call.end();
    })();
    let before = -1;
    await until(() => {
      const still = sent === before && go !== undefined;
      before = sent;
      return still;
    });
    expect(sent).toBeLessThan(2_000);
    go?.();
    await sending;
    expect(await call.response).toEqual({ value: 2_000 });
  });

  it('fails with what the handler throws, also to a sender that waits', async () => {
    const { client } = await serve(sumService, {
      Sum: () => Promise.reject(new RpcError('FAILED_PRECONDITION', 'Not now.')),
      RunningSum: none,
    });
    const call = client.Sum();
    expect(await rejection(call.response)).toMatchObject({
      code: 'FAILED_PRECONDITION',
      message: 'Not now.',
    });
    await expect(call.send({ value: 3 })).rejects.toMatchObject({ code: 'FAILED_PRECONDITION' });
  });

  it('fails on a message that is too large or unreadable, whatever the handler does with the error', async () => {
    const { client } = await serve(
      sumService,
      {
        Sum: async (terms) => {
          try {
            return { value: await total(terms) };
          } catch {
            return { value: -1 };
          }
        },
        RunningSum: none,
      },
      { maxMessageBytes: 20 },
    );
    const large = client.Sum();
    await large.send({ value: 1e20 + 1 });
    await large.send({ value: 1, padding: 'x'.repeat(50) } as Term);
    expect(await rejection(large.response)).toMatchObject({ code: 'RESOURCE_EXHAUSTED' });
  });
});
