import { RpcError, type AnyService, type CallContext, type RpcClient } from '@ryzanstein/rpc';
import type { RecordedSpan } from '@ryzanstein/tracing/testing';
import { startTracedPair, type TracedPair } from '../src/index.ts';

/** A number, as text on the wire. */
interface Term {
  readonly value: number;
}

const write = (term: Term): Buffer => Buffer.from(String(term.value));
const read = (bytes: Buffer): Term => ({ value: Number(bytes.toString()) });

function method(name: string, requestStream: boolean, responseStream: boolean) {
  return {
    path: `/sums.v1.Sums/${name}`,
    requestStream,
    responseStream,
    requestSerialize: write,
    requestDeserialize: read,
    responseSerialize: write,
    responseDeserialize: read,
  };
}

/** A service of every call shape, by the handlers and clients of this workspace. */
const service = {
  Ask: method('Ask', false, false),
  Down: method('Down', false, true),
  Up: method('Up', true, false),
  Both: method('Both', true, true),
} as unknown as AnyService;

interface Handlers {
  Ask(request: Term, ctx: CallContext): Promise<Term>;
  Down(request: Term, ctx: CallContext): AsyncIterable<Term>;
  Up(requests: AsyncIterable<Term>, ctx: CallContext): Promise<Term>;
  Both(requests: AsyncIterable<Term>, ctx: CallContext): AsyncIterable<Term>;
}

interface Options {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

interface Down extends AsyncIterableIterator<Term> {
  cancel(): void;
}

interface Client extends RpcClient<AnyService> {
  Ask(request: Term, options?: Options): Promise<Term>;
  Down(request: Term, options?: Options): Down;
  Up(options?: Options): {
    send(term: Term): Promise<void>;
    end(): void;
    cancel(): void;
    response: Promise<Term>;
  };
  Both(options?: Options): Down & { send(term: Term): Promise<void>; end(): void };
}

type Pair = Omit<TracedPair<AnyService>, 'client'> & { readonly client: Client };

interface Row {
  readonly title: string;
  readonly method: keyof Handlers;
  readonly handler: unknown;
  call(pair: Pair): Promise<unknown>;
  /** `CODE STATUS` of the client's span and of the server's. */
  readonly ends: readonly [client: string, server: string];
}

const term = { value: 1 };
const ok = ['OK UNSET', 'OK UNSET'] as const;
const left = ['CANCELLED ERROR', 'CANCELLED UNSET'] as const;
const expired = ['DEADLINE_EXCEEDED ERROR', 'DEADLINE_EXCEEDED ERROR'] as const;
const fault = (code: string) => [`${code} ERROR`, `${code} ERROR`] as const;

const aborted = ({ signal }: CallContext): Promise<never> =>
  new Promise((_resolve, reject) =>
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }),
  );

async function* endless(_requests: unknown, ctx: CallContext): AsyncIterable<Term> {
  for (;;) {
    ctx.signal.throwIfAborted();
    yield term;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

async function sum(terms: AsyncIterable<Term>): Promise<Term> {
  let value = 0;
  for await (const one of terms) value += one.value;
  return { value };
}

async function* echo(terms: AsyncIterable<Term>): AsyncIterable<Term> {
  yield* terms;
}

async function all(stream: AsyncIterable<Term>): Promise<void> {
  for await (const _term of stream);
}

/** Whatever the caller is told: the spans are what is looked at. */
const told = (work: Promise<unknown>): Promise<unknown> => work.catch((reason: unknown) => reason);

const ask = (title: string, handler: Handlers['Ask'], ends: Row['ends'], options: Options = {}): Row => ({
  title: `a unary call ${title}`,
  method: 'Ask',
  handler,
  call: ({ client }) => told(client.Ask(term, options)),
  ends,
});

const down = (title: string, handler: Handlers['Down'], ends: Row['ends'], call?: Row['call']): Row => ({
  title: `a stream of responses ${title}`,
  method: 'Down',
  handler,
  call: call ?? (({ client }) => told(all(client.Down(term)))),
  ends,
});

const rows: readonly Row[] = [
  ask('that is answered', async () => term, ok),
  ask(
    'that fails',
    async () => {
      throw new RpcError('NOT_FOUND', 'no');
    },
    ['NOT_FOUND ERROR', 'NOT_FOUND UNSET'],
  ),
  ask('whose promise rejects with anything', () => Promise.reject(new Error('secret')), fault('INTERNAL')),
  ask(
    'whose handler throws at once',
    () => {
      throw new RpcError('DATA_LOSS', 'no');
    },
    fault('DATA_LOSS'),
  ),
  ask(
    'of a method that is not implemented',
    () => Promise.reject(new RpcError('UNIMPLEMENTED', 'no')),
    fault('UNIMPLEMENTED'),
  ),
  ask('whose answer cannot be sent', async () => null as never, fault('INTERNAL')),
  ask('whose deadline passes', (_request, ctx) => aborted(ctx), expired, { timeoutMs: 250 }),
  {
    ...ask('that is cancelled', (_request, ctx) => aborted(ctx), left),
    async call({ client, recorder }) {
      const leaving = new AbortController();
      const call = told(client.Ask(term, { signal: leaving.signal }));
      while (recorder.open.length < 3) await new Promise((resolve) => setTimeout(resolve, 2));
      leaving.abort();
      await call;
    },
  },
  down(
    'that is read to its end',
    async function* () {
      yield term;
      yield term;
    },
    ok,
  ),
  down('that is empty', async function* () {}, ok),
  down(
    'whose generator throws before the first message',
    // eslint-disable-next-line require-yield
    async function* () {
      throw new RpcError('RESOURCE_EXHAUSTED', 'no');
    },
    ['RESOURCE_EXHAUSTED ERROR', 'RESOURCE_EXHAUSTED UNSET'],
  ),
  down(
    'whose generator throws on its way',
    async function* () {
      yield term;
      throw new Error('secret');
    },
    fault('INTERNAL'),
  ),
  down('that is cancelled', endless, left, async ({ client }) => {
    const stream = client.Down(term);
    await stream.next();
    stream.cancel();
  }),
  down('whose reader leaves its loop', endless, left, async ({ client }) => {
    for await (const _term of client.Down(term)) break;
  }),
  down('whose reader stops reading, until the deadline', endless, expired, async ({ client }) => {
    const stream = client.Down(term, { timeoutMs: 250 });
    await stream.next();
  }),
  down('that a drain cuts', endless, fault('UNAVAILABLE'), async ({ client, server }) => {
    const stream = client.Down(term);
    await stream.next();
    const end = told(all(stream));
    await server.drain(0);
    await end;
  }),
  {
    title: 'a stream of requests that is answered',
    method: 'Up',
    handler: sum,
    async call({ client }) {
      const sending = client.Up();
      await sending.send(term);
      sending.end();
      expect(await sending.response).toEqual({ value: 1 });
    },
    ends: ok,
  },
  {
    title: 'a stream of requests that is cancelled',
    method: 'Up',
    handler: sum,
    async call({ client, recorder }) {
      const sending = client.Up();
      await sending.send(term);
      while (recorder.open.length < 3) await new Promise((resolve) => setTimeout(resolve, 2));
      sending.cancel();
      await told(sending.response);
    },
    ends: left,
  },
  {
    title: 'a talk that both end',
    method: 'Both',
    handler: echo,
    async call({ client }) {
      const talk = client.Both();
      await talk.send(term);
      await talk.next();
      talk.end();
      await all(talk);
    },
    ends: ok,
  },
  {
    title: 'a talk that is cancelled',
    method: 'Both',
    handler: echo,
    async call({ client }) {
      const talk = client.Both();
      await talk.send(term);
      await talk.next();
      talk.cancel();
    },
    ends: left,
  },
];

// The order matters: what was patched stays so in this process.
const sources = ['interceptors', 'instrumentation'] as const;
const traces = new Map<string, object[]>();
let pair: Pair | undefined;

afterEach(async () => {
  await pair?.stop();
  pair = undefined;
});

describe.each(sources)('with the spans of %s', (source) => {
  it.each(rows.map((row) => [row.title, row] as const))('%s', async (title, row) => {
    const idle = { Ask: async () => term, Down: endless, Up: sum, Both: echo };
    const running = (pair = (await startTracedPair(service, { ...idle, [row.method]: row.handler } as never, {
      telemetry: { env: { RYZ_GRPC_SPANS: source } },
    })) as unknown as Pair);
    await running.telemetry.tracer.startSpan('caller', () => row.call(running));
    const spans = await running.recorder.whenIdle(3);
    const [client, server] = row.ends;
    const name = `sums.v1.Sums/${row.method}`;
    expect(spans.map(line).sort()).toEqual(
      [`CLIENT ${name} ${client} < caller`, 'INTERNAL caller', `SERVER ${name} ${server} < ${name}`].sort(),
    );

    function line(span: RecordedSpan): string {
      if (span.kind === 'INTERNAL') return `${span.kind} ${span.name}`;
      const parent = spans.find(({ spanId }) => spanId === span.parentSpanId);
      const code = String(span.attributes['rpc.response.status_code']);
      return `${span.kind} ${span.name} ${code} ${span.status} < ${parent?.name}`;
    }
    traces.set(`${source} ${title}`, spans.map(comparable));
  });
});

it('both leave the same spans', () => {
  for (const { title } of rows) {
    const [one, other] = sources.map((source) => traces.get(`${source} ${title}`));
    expect(one).toHaveLength(3);
    expect([title, one]).toEqual([title, other]);
  }
});

/** A span without what differs from run to run: ids, times, ports, and the name of its scope. */
function comparable({
  name,
  kind,
  status,
  statusMessage,
  attributes,
  events,
  traceFlags,
}: RecordedSpan): object {
  return {
    name,
    kind,
    status,
    // Both sides have a clock, and whose runs out first says it in its own words.
    statusMessage: statusMessage?.replace(
      /^(?:Deadline exceeded after .*|The deadline passed before the call was answered\.)$/s,
      'Deadline exceeded',
    ),
    attributes: {
      ...attributes,
      'request.id': typeof attributes['request.id'],
      'server.port': typeof attributes['server.port'],
    },
    events,
    traceFlags,
  };
}
