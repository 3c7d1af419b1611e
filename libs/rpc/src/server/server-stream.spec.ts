import { inferenceEngine } from '@ryzanstein/contracts';
import type { GenerateResponseInit } from '@ryzanstein/contracts/engine';
import { aborted, engine, rejection, serve, until } from '../../test/served.ts';
import { RpcError, type CallContext } from '../index.ts';

function delta(text: string): GenerateResponseInit {
  return { delta: { text, tokens: 1 } };
}

/** Reads until the end; the error is the last entry. */
async function read(stream: AsyncIterable<{ delta?: { text: string } | null }>): Promise<unknown[]> {
  const seen: unknown[] = [];
  try {
    for await (const event of stream) seen.push(event.delta?.text);
  } catch (reason) {
    seen.push(reason instanceof RpcError ? reason.code : reason);
  }
  return seen;
}

const padding = 'x'.repeat(1_000);

/** A handler that yields for ever, and what became of it. */
function endless() {
  const state = { yielded: 0, returned: false, reason: undefined as unknown };
  async function* Generate(_request: unknown, ctx: CallContext) {
    try {
      for (;;) {
        state.yielded++;
        yield delta(padding);
      }
    } finally {
      state.returned = true;
      state.reason = ctx.signal.reason;
    }
  }
  return { state, Generate };
}

describe('a server stream', () => {
  it('brings every message in order, with headers and trailers', async () => {
    const { client } = await serve(
      inferenceEngine,
      engine({
        async *Generate(request, ctx) {
          ctx.responseHeaders.set('x-request-id', 'r-1');
          for (let n = 0; n < 1_000; n++) yield delta(`${request.model}${n}`);
          ctx.trailers.set('x-count', '1000');
        },
      }),
    );
    const stream = client.Generate({ model: 'm' });
    expect((await stream.headers).get('x-request-id')).toEqual(['r-1']);
    expect(await read(stream)).toEqual(Array.from({ length: 1_000 }, (_, n) => `m${n}`));
    expect((await stream.trailers).get('x-count')).toEqual(['1000']);
  });

  it('sends headers ahead of the first message where the handler asks for it', async () => {
    let release: (() => void) | undefined;
    const { client } = await serve(
      inferenceEngine,
      engine({
        async *Generate(_request, ctx) {
          ctx.responseHeaders.set('x-early', 'yes');
          ctx.sendHeaders();
          await new Promise<void>((resolve) => (release = resolve));
          yield delta('a');
        },
      }),
    );
    const stream = client.Generate({});
    expect((await stream.headers).get('x-early')).toEqual(['yes']);
    release?.();
    expect(await read(stream)).toEqual(['a']);
  });

  it('may be empty', async () => {
    const { client } = await serve(inferenceEngine, engine({ async *Generate() {} }));
    const stream = client.Generate({});
    expect(await read(stream)).toEqual([]);
    expect((await stream.headers).getMap()).toBeDefined();
  });

  it('fails behind the messages sent so far', async () => {
    const { client, log } = await serve(
      inferenceEngine,
      engine({
        async *Generate(request, ctx) {
          ctx.responseHeaders.set('x-request-id', 'r-1');
          ctx.trailers.set('x-request-id', 'r-1');
          for (let n = 0; n < 40; n++) yield delta('a');
          if (request.model === 'known')
            throw new RpcError('UNAVAILABLE', 'The device was lost.', { retryAfterMs: 5 });
          throw new Error('password is hunter2');
        },
      }),
    );
    const known = client.Generate({ model: 'known' });
    expect(await read(known)).toEqual([...Array<string>(40).fill('a'), 'UNAVAILABLE']);
    expect((await known.trailers).get('x-request-id')).toEqual(['r-1']);
    expect(log).toEqual([]);
    expect(await read(client.Generate({}))).toEqual([...Array<string>(40).fill('a'), 'INTERNAL']);
    expect(log).toMatchObject([
      { level: 'error', fields: { method: 'ryzanstein.engine.v1.InferenceEngine/Generate' } },
    ]);
  });

  it.each([
    [
      'throws before its first message',
      async function* (request: { model: string }) {
        if (request.model === '') throw new RpcError('NOT_FOUND', 'none');
        yield {};
      },
      'NOT_FOUND',
    ],
    [
      'throws before it is a generator',
      () => {
        throw new RpcError('NOT_FOUND', 'none');
      },
      'NOT_FOUND',
    ],
    [
      'yields what cannot be written',
      async function* () {
        yield { delta: 'no message' };
      },
      'INTERNAL',
    ],
    ['returns nothing to iterate', () => undefined as never, 'INTERNAL'],
  ])('whose handler %s sends headers and fails', async (_what, Generate, code) => {
    const { client } = await serve(inferenceEngine, engine({ Generate }), {
      onCall(call, next) {
        call.responseHeaders.set('x-request-id', 'r-1');
        next();
      },
    });
    const stream = client.Generate({});
    expect(await read(stream)).toEqual([code]);
    expect((await stream.headers).get('x-request-id')).toEqual(['r-1']);
  });

  it('goes no faster than its reader', async () => {
    const { state, Generate } = endless();
    const { client } = await serve(inferenceEngine, engine({ Generate }), {
      client: { channelOptions: { 'grpc-node.flow_control_window': 65_535 } },
    });
    const stream = client.Generate({});
    await stream.next();
    let before = -1;
    await until(() => {
      const still = state.yielded === before;
      before = state.yielded;
      return still;
    });
    // Bounded by flow control and the buffers on both sides, whatever the handler could do.
    expect(state.yielded).toBeLessThan(1_000);
    await stream.return?.();
    await until(() => state.returned);
  });
});

describe('a server stream that is given up', () => {
  it.each<
    [string, (stream: AsyncIterableIterator<unknown, undefined> & { cancel(): void }) => Promise<unknown>]
  >([
    [
      'break',
      async (stream) => {
        for await (const _event of stream) break;
      },
    ],
    [
      'return()',
      (stream) =>
        (async () => {
          await stream.next();
          await stream.return?.();
        })(),
    ],
    [
      'cancel()',
      async (stream) => {
        await stream.next();
        stream.cancel();
        const error = await rejection(drain(stream));
        expect(error).toMatchObject({ code: 'CANCELLED', message: 'The call was cancelled.' });
      },
    ],
    [
      'a throw in the loop',
      async (stream) => {
        await rejection(
          (async () => {
            for await (const _event of stream) throw new Error('reader failed');
          })(),
        );
      },
    ],
  ])('by %s stops the handler', async (_how, leave) => {
    const { state, Generate } = endless();
    const outcomes: unknown[] = [];
    const { client } = await serve(inferenceEngine, engine({ Generate }), {
      onCall(call, next) {
        call.onEnd((outcome) => outcomes.push(outcome.code));
        next();
      },
    });
    const stream = client.Generate({});
    await leave(stream);
    await until(() => state.returned);
    expect(state.reason).toMatchObject({ code: 'CANCELLED' });
    expect(outcomes).toEqual(['CANCELLED']);
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  it('by an AbortSignal stops the handler, and lets go of the signal', async () => {
    const { state, Generate } = endless();
    const { client } = await serve(inferenceEngine, engine({ Generate }));
    const controller = new AbortController();
    const stream = client.Generate({}, { signal: controller.signal });
    await stream.next();
    controller.abort();
    expect(await rejection(drain(stream))).toMatchObject({ code: 'CANCELLED' });
    await until(() => state.returned);
  });

  it.each([
    ['in the tick of its start', () => Promise.resolve()],
    [
      'a microtask later',
      async () => {
        await Promise.resolve();
        await Promise.resolve();
      },
    ],
    ['an event loop turn later', () => new Promise((resolve) => setImmediate(resolve))],
  ])('%s leaves nothing running', async (_when, wait) => {
    const { Generate } = endless();
    const { client, server } = await serve(inferenceEngine, engine({ Generate }));
    const stream = client.Generate({});
    await wait();
    stream.cancel();
    expect(await rejection(stream.next())).toMatchObject({ code: 'CANCELLED' });
    // The calls of one connection arrive in order: what precedes this one has arrived with it.
    await rejection(client.GetLoad({}));
    await until(() => server.inFlight === 0);
  });

  it('frees a generator that waits for its signal', async () => {
    let freed = false;
    const { client } = await serve(
      inferenceEngine,
      engine({
        async *Generate(_request, ctx) {
          yield delta('a');
          await aborted(ctx.signal);
          freed = true;
          yield delta('b');
        },
      }),
    );
    const stream = client.Generate({});
    await stream.next();
    stream.cancel();
    await until(() => freed);
  });

  it('frees an iterator of any kind by its return()', async () => {
    let asked = false;
    let returned = false;
    const { client } = await serve(
      inferenceEngine,
      engine({
        Generate: () => ({
          [Symbol.asyncIterator]: () => ({
            next: () => {
              asked = true;
              return new Promise(() => undefined);
            },
            return: () => {
              returned = true;
              return Promise.resolve({ done: true, value: undefined });
            },
          }),
        }),
      }),
    );
    const stream = client.Generate({});
    const next = rejection(stream.next());
    await until(() => asked);
    stream.cancel();
    expect(await next).toMatchObject({ code: 'CANCELLED' });
    await until(() => returned);
  });

  it('ends with DEADLINE_EXCEEDED on both sides at the deadline', async () => {
    const { state, Generate } = endless();
    const { client } = await serve(inferenceEngine, engine({ Generate }));
    const error = await rejection(drain(client.Generate({}, { timeoutMs: 250 })));
    expect(error).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    await until(() => state.returned);
    expect(state.reason).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
  });

  it('ends with DEADLINE_EXCEEDED at the deadline of the server', async () => {
    const { state, Generate } = endless();
    const { client } = await serve(inferenceEngine, engine({ Generate }), { defaultDeadlineMs: 40 });
    expect(await rejection(drain(client.Generate({})))).toMatchObject({
      code: 'DEADLINE_EXCEEDED',
      message: 'The deadline passed before the call was answered.',
    });
    await until(() => state.returned);
  });

  it('by its handler, while its reader is behind, has its outcome at once', async () => {
    const { state, Generate } = endless();
    let giveUp: (() => void) | undefined;
    const outcomes: unknown[] = [];
    const { client } = await serve(
      inferenceEngine,
      engine({
        Generate(request, ctx) {
          giveUp = () => ctx.giveUp(new RpcError('UNAVAILABLE', 'The lease was revoked.'));
          return Generate(request, ctx);
        },
      }),
      {
        client: { channelOptions: { 'grpc-node.flow_control_window': 65_535 } },
        onCall(call, next) {
          call.onEnd((outcome) => outcomes.push(outcome));
          next();
        },
      },
    );
    const stream = client.Generate({});
    await stream.next();
    giveUp?.();
    const outcome = { code: 'UNAVAILABLE', message: 'The lease was revoked.' };
    expect(outcomes).toEqual([outcome]);
    await until(() => state.returned);
    expect(state.reason).toMatchObject(outcome);
    expect(await rejection(drain(stream))).toMatchObject(outcome);
    giveUp?.();
    expect(outcomes).toHaveLength(1);
  });

  it('survives a handler whose cleanup fails', async () => {
    const { client, log } = await serve(
      inferenceEngine,
      engine({
        async *Generate() {
          try {
            for (;;) yield delta('a');
          } finally {
            await Promise.reject(new Error('cleanup failed'));
          }
        },
      }),
    );
    const stream = client.Generate({});
    await stream.next();
    await stream.return?.();
    await until(() => log.length > 0);
    expect(log).toMatchObject([{ level: 'debug', message: 'handler failed after its call had ended' }]);
  });
});

async function drain(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const _event of stream);
}
