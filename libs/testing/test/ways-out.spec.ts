import { inferenceEngine } from '@ryzanstein/contracts';
import { RpcError, type CallContext, type StatusName } from '@ryzanstein/rpc';
import { expectTree, startTracedPair, type TracedPair } from '../src/index.ts';

type Engine = TracedPair<typeof inferenceEngine>;
type Unary = (ctx: CallContext) => Promise<object>;
type Stream = (ctx: CallContext) => AsyncIterable<{ delta?: { text: string } }>;

const generate = 'ryzanstein.engine.v1.InferenceEngine/Generate';
const getLoad = 'ryzanstein.engine.v1.InferenceEngine/GetLoad';

let pair: Engine | undefined;

async function startEngine(unary: Unary, stream: Stream, server = {}): Promise<Engine> {
  pair = await startTracedPair(
    inferenceEngine,
    {
      Generate: (_request, ctx) => stream(ctx),
      GetLoad: (_request, ctx) => unary(ctx),
      Embed: async () => ({}),
      EndLease: async () => ({}),
      Tokenize: async () => ({}),
      GetModelInfo: async () => ({}),
    },
    { server },
  );
  return pair;
}

afterEach(async () => {
  await pair?.stop();
  pair = undefined;
});

async function* endless(ctx: CallContext): AsyncIterable<{ delta: { text: string } }> {
  for (;;) {
    ctx.signal.throwIfAborted();
    yield { delta: { text: 'a' } };
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

function untilAborted({ signal }: CallContext): Promise<never> {
  return new Promise((_resolve, reject) =>
    signal.addEventListener('abort', () => reject(signal.reason as Error)),
  );
}

const never: Unary = untilAborted;

/** The two spans of one call that ended with `code`; the server's is an error where the fault was its own. */
function expectEnd(engine: Engine, name: string, code: StatusName, serverCode = code): Promise<void> {
  const serverFault = [
    'UNKNOWN',
    'DEADLINE_EXCEEDED',
    'UNIMPLEMENTED',
    'INTERNAL',
    'UNAVAILABLE',
    'DATA_LOSS',
  ];
  const failed = code !== 'OK';
  return engine.recorder.whenIdle(2).then((spans) =>
    expectTree(spans).toEqual({
      name,
      kind: 'CLIENT',
      status: failed ? 'ERROR' : 'UNSET',
      attributes: { 'rpc.response.status_code': code, 'error.type': failed ? code : undefined },
      children: [
        {
          name,
          kind: 'SERVER',
          status: serverFault.includes(serverCode) ? 'ERROR' : 'UNSET',
          attributes: {
            'rpc.response.status_code': serverCode,
            'error.type': serverFault.includes(serverCode) ? serverCode : undefined,
          },
        },
      ],
    }),
  );
}

const everyCode: StatusName[] = [
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
];

describe('a call that the handler fails', () => {
  it.each(everyCode)('unary, %s', async (code) => {
    const engine = await startEngine(async () => {
      throw new RpcError(code, 'no');
    }, endless);
    await expect(engine.client.GetLoad({})).rejects.toMatchObject({ code });
    await expectEnd(engine, getLoad, code);
  });

  it.each(everyCode)('stream, %s, after a message', async (code) => {
    const engine = await startEngine(never, async function* () {
      yield { delta: { text: 'a' } };
      throw new RpcError(code, 'no');
    });
    const stream = engine.client.Generate({});
    await stream.next();
    await expect(stream.next()).rejects.toMatchObject({ code });
    await expectEnd(engine, generate, code);
  });

  it('returns request id and trace in the trailers', async () => {
    const engine = await startEngine(async () => {
      throw new RpcError('NOT_FOUND', 'no');
    }, endless);
    const error = await engine.client
      .GetLoad({}, { metadata: { 'x-request-id': 'mine' } })
      .catch((reason: RpcError) => reason);
    const server = (await engine.recorder.whenIdle(2)).find(({ kind }) => kind === 'SERVER');
    expect((error as RpcError).trailers).toMatchObject({
      'x-request-id': 'mine',
      traceresponse: `00-${server?.traceId}-${server?.spanId}-03`,
    });
  });
});

describe('a call that ends from outside', () => {
  it('unary, cancelled by the caller', async () => {
    const started = Promise.withResolvers<void>();
    const engine = await startEngine((ctx) => {
      started.resolve();
      return untilAborted(ctx);
    }, endless);
    const leaving = new AbortController();
    const call = engine.client.GetLoad({}, { signal: leaving.signal });
    await started.promise;
    leaving.abort();
    await expect(call).rejects.toMatchObject({ code: 'CANCELLED' });
    await expectEnd(engine, getLoad, 'CANCELLED');
  });

  it("unary, past the caller's deadline", async () => {
    const engine = await startEngine(never, endless);
    // Long enough for a busy machine to reach the server.
    await expect(engine.client.GetLoad({}, { timeoutMs: 500 })).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
    });
    await expectEnd(engine, getLoad, 'DEADLINE_EXCEEDED');
  });

  it("unary, past the server's own deadline", async () => {
    const engine = await startEngine(never, endless, { maxDeadlineMs: 30 });
    await expect(engine.client.GetLoad({})).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    await expectEnd(engine, getLoad, 'DEADLINE_EXCEEDED');
  });

  it('stream, cancelled by the caller', async () => {
    const engine = await startEngine(never, endless);
    const stream = engine.client.Generate({});
    await stream.next();
    stream.cancel();
    await expectEnd(engine, generate, 'CANCELLED');
  });

  it('stream, left by its reader', async () => {
    const engine = await startEngine(never, endless);
    for await (const _message of engine.client.Generate({})) break;
    await expectEnd(engine, generate, 'CANCELLED');
  });

  it("stream, past the caller's deadline", async () => {
    const engine = await startEngine(never, endless);
    const read = async () => {
      for await (const _message of engine.client.Generate({}, { timeoutMs: 500 }));
    };
    await expect(read()).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    await expectEnd(engine, generate, 'DEADLINE_EXCEEDED');
  });

  it("stream, past the server's own deadline", async () => {
    const engine = await startEngine(never, endless, { defaultDeadlineMs: 40 });
    const read = async () => {
      for await (const _message of engine.client.Generate({}));
    };
    await expect(read()).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    await expectEnd(engine, generate, 'DEADLINE_EXCEEDED');
  });

  it('stream, cut by a server that stops', async () => {
    const engine = await startEngine(never, endless);
    const stream = engine.client.Generate({});
    await stream.next();
    await engine.server.close();
    await expect(
      (async () => {
        for await (const _message of stream);
      })(),
    ).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expectEnd(engine, generate, 'UNAVAILABLE');
  });

  it('any, where nobody listens', async () => {
    const engine = await startEngine(never, endless);
    await engine.server.close();
    await expect(engine.client.GetLoad({}, { timeoutMs: 2_000 })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    });
    expectTree(await engine.recorder.whenIdle(1)).toEqual({
      name: getLoad,
      kind: 'CLIENT',
      status: 'ERROR',
      attributes: { 'error.type': 'UNAVAILABLE' },
    });
  });
});

describe('a call that succeeds', () => {
  it('unary', async () => {
    const engine = await startEngine(async () => ({}), endless);
    await engine.client.GetLoad({});
    await expectEnd(engine, getLoad, 'OK');
  });

  it('stream', async () => {
    const engine = await startEngine(never, async function* () {
      yield { delta: { text: 'a' } };
    });
    for await (const _message of engine.client.Generate({}));
    await expectEnd(engine, generate, 'OK');
  });
});
