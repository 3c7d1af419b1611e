import { getEventListeners } from 'node:events';
import { inferenceEngine } from '@ryzanstein/contracts';
import { aborted, engine, rejection, serve, until } from '../test/served.ts';
import type { RpcError } from './index.ts';
import { detached, type CallContext, type CallOptions } from './index.ts';

type Engine = Awaited<ReturnType<typeof backend>>;

/** An engine whose calls last until they are given up, and why they were. */
async function backend() {
  const reasons: string[] = [];
  const deadlines: (number | undefined)[] = [];
  let entered = 0;
  const served = await serve(
    inferenceEngine,
    engine({
      async GetLoad(_request, ctx) {
        entered++;
        deadlines.push(ctx.deadlineAtMs);
        await aborted(ctx.signal);
        reasons.push((ctx.signal.reason as RpcError).code);
        return {};
      },
      async GetModelInfo(_request, ctx) {
        deadlines.push(ctx.deadlineAtMs);
        return { model: 'm' };
      },
      async *Generate(_request, ctx) {
        entered++;
        yield {};
        await aborted(ctx.signal);
        reasons.push((ctx.signal.reason as RpcError).code);
      },
    }),
  );
  return { ...served, reasons, deadlines, entered: () => entered };
}

/** A server in front of it whose Tokenize does what a test wants. */
function front(work: (ctx: CallContext) => Promise<unknown>, options: { maxDeadlineMs?: number } = {}) {
  return serve(
    inferenceEngine,
    engine({
      async Tokenize(_request, ctx) {
        await work(ctx);
        return {};
      },
    }),
    options,
  );
}

/** What a sub-call failed with, told by the handler that made it. */
function subCall(target: Engine, options?: CallOptions) {
  const errors: RpcError[] = [];
  const work = async (): Promise<void> => {
    const error = (await rejection(target.client.GetLoad({}, options))) as RpcError;
    errors.push(error);
    throw error;
  };
  return { work, errors };
}

describe('a sub-call', () => {
  it('is cancelled with the call it belongs to', async () => {
    const target = await backend();
    const { work, errors } = subCall(target);
    const { client } = await front(work);
    const controller = new AbortController();
    const call = client.Tokenize({}, { signal: controller.signal });
    await until(() => target.entered() === 1);
    controller.abort();
    expect(await rejection(call)).toMatchObject({ code: 'CANCELLED' });
    await until(() => target.reasons.length === 1 && errors.length === 1);
    expect(target.reasons).toEqual(['CANCELLED']);
    expect(errors).toMatchObject([{ code: 'CANCELLED' }]);
  });

  it('has the deadline of the call it belongs to, and says so', async () => {
    const target = await backend();
    const { work, errors } = subCall(target, { timeoutMs: 60_000 });
    const { client } = await front(work);
    const deadlineMs = Date.now() + 250;
    expect(await rejection(client.Tokenize({}, { timeoutMs: 250 }))).toMatchObject({
      code: 'DEADLINE_EXCEEDED',
    });
    await until(() => target.reasons.length === 1 && errors.length === 1);
    expect(Math.abs((target.deadlines[0] ?? 0) - deadlineMs)).toBeLessThan(1_000);
    expect(target.reasons).toEqual(['DEADLINE_EXCEEDED']);
    expect(errors).toMatchObject([{ code: 'DEADLINE_EXCEEDED' }]);
  });

  it('may have a shorter deadline of its own', async () => {
    const target = await backend();
    const { work, errors } = subCall(target, { timeoutMs: 250 });
    const { client } = await front(work);
    expect(await rejection(client.Tokenize({}, { timeoutMs: 10_000 }))).toMatchObject({
      code: 'DEADLINE_EXCEEDED',
    });
    expect(errors).toMatchObject([{ code: 'DEADLINE_EXCEEDED' }]);
    await until(() => target.reasons.length === 1);
  });

  it('has the deadline that the server sets where the caller sets none', async () => {
    const target = await backend();
    const { work, errors } = subCall(target);
    const { client } = await front(work, { maxDeadlineMs: 250 });
    expect(await rejection(client.Tokenize({}))).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    await until(() => target.reasons.length === 1 && errors.length === 1);
    expect(errors).toMatchObject([{ code: 'DEADLINE_EXCEEDED' }]);
  });

  it('does not start once its call was given up', async () => {
    const target = await backend();
    const errors: unknown[] = [];
    const work = async (ctx: CallContext): Promise<void> => {
      await aborted(ctx.signal);
      errors.push(await rejection(target.client.GetModelInfo({})));
      errors.push(await rejection(target.client.Generate({}).next()));
    };
    const { client } = await front(work, { maxDeadlineMs: 30 });
    expect(await rejection(client.Tokenize({}))).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    await until(() => errors.length === 2);
    expect(errors).toMatchObject([{ code: 'DEADLINE_EXCEEDED' }, { code: 'DEADLINE_EXCEEDED' }]);
    expect(target.deadlines).toEqual([]);
  });

  it('that is detached has neither, also from the cleanup of a generator', async () => {
    const target = await backend();
    let released: unknown;
    const { client } = await serve(
      inferenceEngine,
      engine({
        async *Generate(_request, ctx) {
          try {
            for (;;) yield {};
          } finally {
            expect(ctx.signal.aborted).toBe(true);
            released = await detached(() => target.client.GetModelInfo({}, { timeoutMs: 2_000 }));
          }
        },
      }),
    );
    for await (const _event of client.Generate({}, { timeoutMs: 5_000 })) break;
    await until(() => released !== undefined);
    expect(released).toMatchObject({ model: 'm' });
  });

  it('that nobody waits for outlives a call that succeeded', async () => {
    const target = await backend();
    let later: Promise<unknown> | undefined;
    let go: (() => void) | undefined;
    const gate = new Promise<void>((resolve) => (go = resolve));
    const { client } = await front(async () => {
      later = gate.then(() => target.client.GetModelInfo({}));
    });
    await client.Tokenize({});
    go?.();
    expect(await later).toMatchObject({ model: 'm' });
  });

  it('that is a stream ends with its call', async () => {
    const target = await backend();
    const { client } = await serve(
      inferenceEngine,
      engine({
        async *Generate() {
          yield* target.client.Generate({});
        },
      }),
    );
    for await (const _event of client.Generate({})) break;
    await until(() => target.reasons.length === 1);
    expect(target.reasons).toEqual(['CANCELLED']);
  });

  it('leaves no listener behind, in hundreds', async () => {
    const target = await backend();
    const warnings: unknown[] = [];
    const onWarning = (warning: unknown): void => void warnings.push(warning);
    process.on('warning', onWarning);
    let concurrent: unknown[] = [];
    const { client } = await front(async (ctx) => {
      for (let n = 0; n < 100; n++) await target.client.GetModelInfo({}, { signal: ctx.signal });
      concurrent = await Promise.all(
        Array.from({ length: 300 }, () => target.client.GetModelInfo({}, { signal: ctx.signal })),
      );
      expect(getEventListeners(ctx.signal, 'abort')).toEqual([]);
    });
    await client.Tokenize({}, { timeoutMs: 20_000 });
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', onWarning);
    expect(concurrent).toHaveLength(300);
    expect(warnings).toEqual([]);
  });
});
