import * as grpc from '@grpc/grpc-js';
import { inferenceEngine } from '@ryzanstein/contracts';
import { aborted, engine, rejection, serve, until } from '../../test/served.ts';
import { RpcError, type CallContext } from '../index.ts';

const fixedText = 'The request failed because of an internal error.';

describe('a unary call', () => {
  it('answers, with headers before and trailers behind', async () => {
    const { client, server } = await serve(
      inferenceEngine,
      engine({
        async Tokenize(request, ctx) {
          ctx.responseHeaders.set('x-request-id', 'r-1');
          ctx.trailers.set('x-trailer', 't-1');
          return { tokens: request.text?.length ?? 0 };
        },
      }),
    );
    const seen: Record<string, unknown> = {};
    const response = await client.Tokenize(
      { text: 'four' },
      {
        onHeaders: (headers) => (seen['headers'] = headers.get('x-request-id')),
        onTrailers: (trailers) => (seen['trailers'] = trailers.get('x-trailer')),
      },
    );
    expect(response).toEqual({ tokens: 4, ids: [] });
    expect(seen).toEqual({ headers: ['r-1'], trailers: ['t-1'] });
    expect(server.inFlight).toBe(0);
  });

  it('tells the handler about its caller', async () => {
    let ctx: CallContext | undefined;
    const { client } = await serve(
      inferenceEngine,
      engine({
        async GetLoad(_request, given) {
          ctx = given;
          return {};
        },
      }),
    );
    const beforeMs = Date.now();
    await client.GetLoad({}, { metadata: { 'x-client-id': 'me' }, timeoutMs: 5_000 });
    expect(ctx).toMatchObject({ method: 'ryzanstein.engine.v1.InferenceEngine/GetLoad' });
    expect(ctx?.metadata.get('x-client-id')).toEqual(['me']);
    expect(ctx?.peer).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(Math.abs((ctx?.deadlineAtMs ?? 0) - beforeMs - 5_000)).toBeLessThan(1_000);
    expect(ctx?.signal.aborted).toBe(false);
  });

  it('fails with what the handler throws as an RpcError', async () => {
    const { client, log } = await serve(
      inferenceEngine,
      engine({
        async Tokenize(_request, ctx) {
          ctx.responseHeaders.set('x-request-id', 'r-1');
          ctx.trailers.set('x-request-id', 'r-1');
          throw new RpcError('RESOURCE_EXHAUSTED', 'The queue is full.', {
            violations: [{ field: 'text', description: 'is too long' }],
            retryAfterMs: 1_250,
            trailers: { 'x-queue': '12', 'x-request-id': 'overruled' },
            cause: new Error('secret'),
          });
        },
      }),
    );
    const headers: unknown[] = [];
    const error = await rejection(
      client.Tokenize({}, { onHeaders: (given) => headers.push(given.get('x-request-id')) }),
    );
    expect(error).toBeInstanceOf(RpcError);
    expect(error).toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
      message: 'The queue is full.',
      violations: [{ field: 'text', description: 'is too long' }],
      retryAfterMs: 1_250,
      trailers: { 'x-queue': '12', 'x-request-id': 'r-1' },
    });
    expect(headers).toEqual([['r-1']]);
    expect(log).toEqual([]);
  });

  it.each([
    ['a rejected promise', () => Promise.reject(new Error('password is hunter2'))],
    [
      'a synchronous throw',
      () => {
        throw new TypeError('password is hunter2');
      },
    ],
    ['something that is no error', () => Promise.reject('password is hunter2')],
    ['nothing at all', () => Promise.reject(undefined)],
  ])('never tells the text of %s, but logs it with the method', async (_what, GetLoad) => {
    const { client, log } = await serve(inferenceEngine, engine({ GetLoad }));
    const error = await rejection(client.GetLoad({}));
    expect(error).toMatchObject({ code: 'INTERNAL', message: fixedText });
    expect(JSON.stringify((error as RpcError).trailers)).not.toContain('hunter2');
    expect(log).toMatchObject([
      {
        level: 'error',
        message: 'handler failed',
        fields: { method: 'ryzanstein.engine.v1.InferenceEngine/GetLoad' },
      },
    ]);
  });

  it('answers INTERNAL where the response cannot be written', async () => {
    const { client, log } = await serve(
      inferenceEngine,
      engine({ Tokenize: async () => ({ ids: 'none' }) as never }),
    );
    expect(await rejection(client.Tokenize({}))).toMatchObject({ code: 'INTERNAL', message: fixedText });
    expect(log).toHaveLength(1);
  });

  it('answers INVALID_ARGUMENT where the request cannot be read, in the hook', async () => {
    const outcomes: unknown[] = [];
    const { address } = await serve(inferenceEngine, engine({}), {
      onCall(call, next) {
        call.onEnd((outcome) => outcomes.push(outcome));
        next();
      },
    });
    const error = await callRaw(address, inferenceEngine.Tokenize.path, Buffer.from([0x0a, 0xff, 0xff]));
    expect(error).toMatchObject({ code: grpc.status.INVALID_ARGUMENT });
    expect(outcomes).toMatchObject([{ code: 'INVALID_ARGUMENT' }]);
  });

  it('reads bytes that are not UTF-8 as U+FFFD', async () => {
    let text: string | undefined;
    const { address } = await serve(
      inferenceEngine,
      engine({
        async Tokenize(request) {
          text = request.text;
          return {};
        },
      }),
    );
    await callRaw(address, inferenceEngine.Tokenize.path, Buffer.from([0x12, 0x03, 0x61, 0xff, 0x62]));
    expect(text).toBe('a\uFFFDb');
  });

  it('refuses a message over the limit, naming both sizes and no retry', async () => {
    const seen: string[] = [];
    const { client } = await serve(inferenceEngine, engine({ Tokenize: async () => ({ tokens: 1 }) }), {
      maxMessageBytes: 1_000,
      onCall(call, next) {
        seen.push(call.method);
        call.responseHeaders.set('x-request-id', 'r-1');
        next();
      },
    });
    const error = await rejection(client.Tokenize({ text: 'x'.repeat(2_000) }));
    expect(error).toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
      message: 'The message has 2003 bytes; at most 1000 are accepted.',
    });
    expect((error as RpcError).retryAfterMs).toBeUndefined();
    expect(seen).toEqual(['ryzanstein.engine.v1.InferenceEngine/Tokenize']);
    expect(await client.Tokenize({ text: 'x'.repeat(900) })).toMatchObject({ tokens: 1 });
  });

  it('takes 4 MiB by default, and says so between that and what grpc-js reads', async () => {
    const { client } = await serve(inferenceEngine, engine({ Tokenize: async () => ({ tokens: 1 }) }));
    expect(await client.Tokenize({ text: 'x'.repeat(4 * 1024 * 1024 - 10) })).toMatchObject({ tokens: 1 });
    expect(await rejection(client.Tokenize({ text: 'x'.repeat(6 * 1024 * 1024) }))).toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
      message: 'The message has 6291461 bytes; at most 4194304 are accepted.',
    });
    expect(await rejection(client.Tokenize({ text: 'x'.repeat(9 * 1024 * 1024) }))).toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
    });
  });
});

describe('a unary call that is given up', () => {
  it('aborts the handler when the caller cancels', async () => {
    const outcomes: unknown[] = [];
    let reason: unknown;
    let entered = false;
    const { client, server } = await serve(
      inferenceEngine,
      engine({
        async GetLoad(_request, ctx) {
          entered = true;
          await aborted(ctx.signal);
          reason = ctx.signal.reason;
          throw reason;
        },
      }),
      {
        onCall(call, next) {
          call.onEnd((outcome) => outcomes.push(outcome.code));
          next();
        },
      },
    );
    const controller = new AbortController();
    const call = client.GetLoad({}, { signal: controller.signal });
    await until(() => entered);
    expect(server.inFlight).toBe(1);
    controller.abort();
    expect(await rejection(call)).toMatchObject({ code: 'CANCELLED' });
    await until(() => reason !== undefined);
    expect(reason).toBeInstanceOf(RpcError);
    expect(reason).toMatchObject({ code: 'CANCELLED' });
    expect(outcomes).toEqual(['CANCELLED']);
  });

  it('ends at once where the handler ignores its signal, and ignores what comes later', async () => {
    let finish: (() => void) | undefined;
    const { client, server, log } = await serve(
      inferenceEngine,
      engine({
        async GetLoad() {
          await new Promise<void>((resolve) => (finish = resolve));
          throw new Error('too late');
        },
      }),
    );
    const controller = new AbortController();
    const call = client.GetLoad({}, { signal: controller.signal });
    await until(() => finish !== undefined);
    controller.abort();
    await rejection(call);
    await until(() => server.inFlight === 0);
    finish?.();
    await until(() => log.length > 0);
    expect(log).toMatchObject([{ level: 'debug', message: 'handler failed after its call had ended' }]);
  });

  it('ends with DEADLINE_EXCEEDED on both sides at the deadline of the caller', async () => {
    const outcomes: unknown[] = [];
    let reason: unknown;
    const { client } = await serve(
      inferenceEngine,
      engine({
        async GetLoad(_request, ctx) {
          await aborted(ctx.signal);
          reason = ctx.signal.reason;
          return {};
        },
      }),
      {
        onCall(call, next) {
          call.onEnd((outcome) => outcomes.push(outcome.code));
          next();
        },
      },
    );
    expect(await rejection(client.GetLoad({}, { timeoutMs: 250 }))).toMatchObject({
      code: 'DEADLINE_EXCEEDED',
    });
    await until(() => reason !== undefined);
    expect(reason).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    expect(outcomes).toEqual(['DEADLINE_EXCEEDED']);
  });

  it('has the default deadline where the caller sets none, and never more than the maximum', async () => {
    const deadlines: (number | undefined)[] = [];
    const { client } = await serve(
      inferenceEngine,
      engine({
        GetLoad(_request, ctx) {
          deadlines.push(ctx.deadlineAtMs);
          return new Promise(() => undefined);
        },
      }),
      {
        defaultDeadlineMs: 30,
        maxDeadlineMs: 60,
        onCall(call, next) {
          call.trailers.set('x-request-id', 'r-1');
          next();
        },
      },
    );
    const startedMs = Date.now();
    expect(await rejection(client.GetLoad({}))).toMatchObject({
      code: 'DEADLINE_EXCEEDED',
      message: 'The deadline passed before the call was answered.',
      trailers: { 'x-request-id': 'r-1' },
    });
    expect(await rejection(client.GetLoad({}, { timeoutMs: 60_000 }))).toMatchObject({
      code: 'DEADLINE_EXCEEDED',
    });
    expect(Date.now() - startedMs).toBeLessThan(2_000);
    expect(deadlines).toHaveLength(2);
  });

  it('is not aborted after it was answered', async () => {
    let signal: AbortSignal | undefined;
    const { client } = await serve(
      inferenceEngine,
      engine({
        async GetLoad(_request, ctx) {
          signal = ctx.signal;
          return {};
        },
      }),
    );
    await client.GetLoad({}, { timeoutMs: 10_000 });
    await client.GetLoad({});
    const first = signal;
    await rejection(client.Embed({}));
    expect(first?.aborted).toBe(false);
  });
});

describe('the hook', () => {
  it.each([
    [
      'throws',
      () => {
        throw new Error('broken hook');
      },
    ],
    ['forgets next', () => undefined],
  ])('that %s fails the call and is logged', async (_what, onCall) => {
    const { client, log } = await serve(inferenceEngine, engine({ GetLoad: async () => ({}) }), { onCall });
    expect(await rejection(client.GetLoad({}))).toMatchObject({ code: 'INTERNAL', message: fixedText });
    expect(log).toHaveLength(1);
  });

  it('learns the outcome before the answer is sent, once', async () => {
    const outcomes: unknown[] = [];
    const late: unknown[] = [];
    const { client } = await serve(inferenceEngine, engine({ GetLoad: async () => ({}) }), {
      onCall(call, next) {
        call.onEnd((outcome) => {
          outcomes.push(outcome);
          call.trailers.set('x-outcome', outcome.code);
        });
        next();
        next();
        call.onEnd((outcome) => late.push(outcome.code));
      },
    });
    let trailer: unknown;
    await client.GetLoad({}, { onTrailers: (trailers) => (trailer = trailers.get('x-outcome')) });
    const error = (await rejection(client.Embed({}))) as RpcError;
    expect(trailer).toEqual(['OK']);
    expect(error.trailers).toEqual({ 'x-outcome': 'UNIMPLEMENTED' });
    expect(outcomes).toEqual([
      { code: 'OK', message: '' },
      { code: 'UNIMPLEMENTED', message: 'Not part of this test.' },
    ]);
    expect(late).toEqual(['OK', 'UNIMPLEMENTED']);
  });
});

/** Sends bytes as they are; resolves to the error, or to undefined. */
async function callRaw(address: string, path: string, bytes: Buffer): Promise<grpc.ServiceError | undefined> {
  const client = new grpc.Client(address, grpc.credentials.createInsecure());
  const pass = (given: Buffer): Buffer => given;
  const error = await new Promise<grpc.ServiceError | null>((resolve) => {
    client.makeUnaryRequest(path, pass, pass, bytes, (reason) => resolve(reason));
  });
  client.close();
  return error ?? undefined;
}
