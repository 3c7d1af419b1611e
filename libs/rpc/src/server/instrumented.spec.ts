import { AsyncLocalStorage } from 'node:async_hooks';
import { errorMonitor, type EventEmitter } from 'node:events';
import * as grpc from '@grpc/grpc-js';
import { inferenceEngine } from '@ryzanstein/contracts';
import { aborted, engine, rejection, serve, until } from '../../test/served.ts';
import { sumService } from '../../test/sum-service.ts';
import { RpcError, type CallOptions, type RpcServerOptions } from '../index.ts';

// Instrumentation wraps handlers where they are registered and knows a call's end from the callback, from
// `finish` or from `error`. It starts a span per call and must be told of exactly one end, whatever happens.
interface Watched {
  method: string;
  ends: (number | undefined)[];
}

const watched: Watched[] = [];
const register = grpc.Server.prototype.register;

beforeAll(() => {
  grpc.Server.prototype.register = function (this: grpc.Server, name, handler, serialize, deserialize, type) {
    const wrapped = ((call: EventEmitter, callback?: grpc.sendUnaryData<unknown>) => {
      const span: Watched = { method: name.slice(name.lastIndexOf('/') + 1), ends: [] };
      watched.push(span);
      const original = handler as (call: unknown, callback?: unknown) => void;
      if (callback) {
        // The instrumentation drops the trailers argument.
        original(call, (error: { code?: number } | null, value: unknown) => {
          span.ends.push(error ? error.code : 0);
          callback(error, value);
        });
        return;
      }
      // grpc-js follows each `error` with `finish`, so the first one counts.
      const end = (code?: number): unknown => span.ends.length > 0 || span.ends.push(code);
      call.on('finish', () => end(0));
      call.on(errorMonitor, (error: { code?: number }) => end(error.code));
      original(call);
    }) as never;
    return register.call(this, name, wrapped, serialize as never, deserialize, type);
  };
});

afterAll(() => {
  grpc.Server.prototype.register = register;
});

afterEach(() => {
  watched.length = 0;
});

const { OK, CANCELLED, NOT_FOUND, INTERNAL, DEADLINE_EXCEEDED, UNAVAILABLE } = grpc.status;

type Handlers = Partial<Parameters<typeof engine>[0]>;

async function served(handlers: Handlers, options: Partial<RpcServerOptions> = {}) {
  const { client, server } = await serve(inferenceEngine, engine(handlers), options);
  return { client, server };
}

/** Waits until every call begun has ended, and gives the ends of those of a method. */
async function endsOf(method: string): Promise<(number | undefined)[]> {
  const calls = (): Watched[] => watched.filter((span) => span.method === method);
  await until(() => calls().length > 0 && calls().every((span) => span.ends.length > 0));
  // What would end a call twice comes within the same turns.
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
  return calls().flatMap((span) => span.ends);
}

const read = async (stream: AsyncIterable<unknown>): Promise<void> => {
  for await (const _message of stream);
};

async function* endless() {
  for (;;) yield {};
}

describe('watched from outside, a unary call', () => {
  const never = () => new Promise<never>(() => undefined);
  const late = () => ({ timeoutMs: 250 });
  const rows: [string, Handlers['GetLoad'], () => CallOptions, number][] = [
    ['that is answered', async () => ({}), () => ({}), OK],
    ['that fails', () => Promise.reject(new RpcError('NOT_FOUND', '')), () => ({}), NOT_FOUND],
    ['that fails with a plain error', () => Promise.reject(new Error('x')), () => ({}), INTERNAL],
    [
      'whose handler throws at once',
      () => {
        throw new Error('x');
      },
      () => ({}),
      INTERNAL,
    ],
    ['that is never answered before its deadline', never, late, DEADLINE_EXCEEDED],
    [
      'that is answered when its deadline passes',
      async (_request, ctx) => {
        await aborted(ctx.signal);
        return {};
      },
      late,
      DEADLINE_EXCEEDED,
    ],
    ['that is cancelled and never answered', never, () => ({ signal: AbortSignal.timeout(250) }), CANCELLED],
  ];
  it.each(rows)('%s ends once', async (_what, GetLoad, options, code) => {
    const { client } = await served({ GetLoad: GetLoad });
    await client.GetLoad({}, options()).catch(() => undefined);
    expect(await endsOf('GetLoad')).toEqual([code]);
  });

  it('that the server gives up ends once', async () => {
    const { client } = await served({ GetLoad: never }, { defaultDeadlineMs: 30 });
    await rejection(client.GetLoad({}));
    expect(await endsOf('GetLoad')).toEqual([DEADLINE_EXCEEDED]);
  });

  it('still has trailers, though the instrumentation drops them', async () => {
    const { client } = await served({
      async GetLoad(_request, ctx) {
        ctx.trailers.set('x-trailer', 't');
        return {};
      },
    });
    let trailer: unknown;
    await client.GetLoad({}, { onTrailers: (trailers) => (trailer = trailers.get('x-trailer')) });
    expect(trailer).toEqual(['t']);
  });
});

describe('watched from outside, a server stream', () => {
  const rows: [string, Handlers['Generate'], number][] = [
    [
      'that is read to its end',
      async function* () {
        yield {};
      },
      OK,
    ],
    ['that is empty', async function* () {}, OK],
    [
      'that fails',
      async function* () {
        yield {};
        throw new RpcError('NOT_FOUND', '');
      },
      NOT_FOUND,
    ],
    [
      'that fails with a plain error',
      async function* () {
        yield {};
        throw new Error('x');
      },
      INTERNAL,
    ],
  ];
  it.each(rows)('%s ends once', async (_what, Generate, code) => {
    const { client } = await served({ Generate: Generate as never });
    await read(client.Generate({})).catch(() => undefined);
    expect(await endsOf('Generate')).toEqual([code]);
  });

  it.each<[string, NonNullable<Handlers['Generate']>]>([
    ['goes on for ever', endless],
    [
      'waits for its signal',
      async function* (_request, ctx) {
        yield {};
        await aborted(ctx.signal);
      },
    ],
    [
      'waits for ever',
      async function* () {
        yield {};
        await new Promise(() => undefined);
      },
    ],
    [
      'fails when its signal aborts',
      async function* (_request, ctx) {
        yield {};
        await aborted(ctx.signal);
        throw ctx.signal.reason;
      },
    ],
  ])('that the caller leaves ends once where the handler %s', async (_what, Generate) => {
    const { client } = await served({ Generate });
    for await (const _event of client.Generate({})) break;
    expect(await endsOf('Generate')).toEqual([CANCELLED]);
  });

  it('that nobody reads ends once, at its deadline', async () => {
    const { client } = await served({ Generate: endless });
    client.Generate({}, { timeoutMs: 250 });
    expect(await endsOf('Generate')).toEqual([DEADLINE_EXCEEDED]);
  });

  it('that is cut by a drain ends once', async () => {
    const { client, server } = await served({ Generate: endless });
    const reading = rejection(read(client.Generate({})));
    await until(() => server.inFlight === 1);
    await server.drain(0);
    expect(await reading).toMatchObject({ code: 'UNAVAILABLE' });
    expect(await endsOf('Generate')).toEqual([UNAVAILABLE]);
  });
});

describe('watched from outside, a stream of requests', () => {
  it('that is cancelled ends once, as cancelled', async () => {
    const { client, server } = await serve(sumService, {
      Sum: async (terms) => {
        await read(terms);
        return { value: 0 };
      },
      async *RunningSum(terms) {
        yield* terms;
      },
    });
    const sum = client.Sum();
    const running = client.RunningSum();
    await running.send({ value: 1 });
    await running.next();
    await sum.send({ value: 1 });
    await until(() => server.inFlight === 2);
    sum.cancel();
    running.cancel();
    expect(await endsOf('Sum')).toEqual([CANCELLED]);
    expect(await endsOf('RunningSum')).toEqual([CANCELLED]);
  });
});

describe('the async context of the hook', () => {
  it('is that of the handler to its last line, whoever ended the call', async () => {
    const storage = new AsyncLocalStorage<string>();
    const seen: Record<string, unknown>[] = [];
    const { client, server } = await served(
      {
        async *Generate(request, ctx) {
          const entry: Record<string, unknown> = {
            key: ctx.metadata.get('x-key')[0],
            start: storage.getStore(),
          };
          ctx.signal.addEventListener('abort', () => (entry['abort'] = storage.getStore()));
          try {
            if (request.model === 'idle') {
              yield {};
              await aborted(ctx.signal);
            }
            for (;;) yield {};
          } finally {
            await Promise.resolve();
            entry['end'] = storage.getStore();
            seen.push(entry);
          }
        },
      },
      { onCall: (call, next) => storage.run(String(call.requestMetadata.get('x-key')[0]), next) },
    );
    const start = (model: string, key: string, timeoutMs = 10_000) =>
      client.Generate({ model }, { metadata: { 'x-key': key }, timeoutMs });
    for (const model of ['busy', 'idle']) {
      for await (const _event of start(model, 'left')) break;
      await rejection(read(start(model, 'late', 250)));
    }
    const forced = [start('busy', 'forced'), start('idle', 'forced')];
    for (const stream of forced) await stream.next();
    await server.drain(0);
    await until(() => seen.length === 6);
    for (const { key, ...contexts } of seen) {
      expect(contexts).toEqual({ start: key, abort: key, end: key });
    }
    for (const stream of forced) expect(await rejection(read(stream))).toMatchObject({ code: 'UNAVAILABLE' });
  });
});
