import type { Usage } from '@ryzanstein/contracts/api';
import { RpcError } from '@ryzanstein/rpc';
import {
  buildTrace,
  checkTrace,
  flatten,
  isWhole,
  readOtlpTraces,
  type Trace,
  type Verification,
  type VerifyExtra,
} from '@ryzanstein/trace-analysis';
import { attributes, spans } from '@ryzanstein/tracing';
import { asking, caller, meshUnderTest, type Caller, type MeshUnderTest } from '../mesh-under-test.ts';
import { until } from '../stored-trace.ts';

type Metadata = Readonly<Record<string, string>>;
/** What its caller counted, or nothing where it does not know. */
type Counts = Pick<Usage, 'promptTokens' | 'completionTokens'> | undefined;

interface Kind {
  readonly name: string;
  /** How it ends for its caller. */
  readonly ends: readonly string[];
  readonly send: (under: MeshUnderTest, metadata: Metadata, index: number) => Promise<Counts>;
}

const requests = 200;
const atOnce = 10;
const readWithinMs = 15_000;
const arrivesWithinMs = 3_000;

const question = (index: number): string => `What is ${index % 23} plus ${index % 7}?`;
const story = (index: number): string =>
  `Tell me a short story about a ${['bear', 'fox', 'owl'][index % 3] ?? ''}.`;
const longPrompt = (index: number): string =>
  Array.from({ length: 40 }, (_, at) => `${index} owls and ${at} bears`).join(', ');

async function streamed(under: MeshUnderTest, metadata: Metadata, content: string, maxTokens: number) {
  const { last } = await under.chat(asking(content, { maxTokens }), { metadata });
  return last.usage ?? undefined;
}

async function unary(under: MeshUnderTest, metadata: Metadata, content: string): Promise<Counts> {
  const { usage } = await under.client.Chat(asking(content, { maxTokens: 12 }), { metadata });
  return usage ?? undefined;
}

const kinds: readonly Kind[] = [
  { name: 'streams', ends: ['OK'], send: (under, to, index) => streamed(under, to, question(index), 24) },
  {
    name: 'streams a story',
    ends: ['OK'],
    send: (under, to, index) => streamed(under, to, story(index), 60),
  },
  {
    name: 'streams one token',
    ends: ['OK'],
    send: (under, to, index) => streamed(under, to, question(index), 1),
  },
  {
    name: 'sends a long prompt',
    ends: ['OK'],
    send: (under, to, index) => streamed(under, to, longPrompt(index), 4),
  },
  {
    name: 'asks for one answer',
    ends: ['OK'],
    send: (under, to, index) => unary(under, to, question(index)),
  },
  {
    name: 'continues a text',
    ends: ['OK'],
    async send(under, metadata) {
      const { usage } = await under.client.Complete({ prompt: 'Once upon', maxTokens: 12 }, { metadata });
      return usage ?? undefined;
    },
  },
  {
    name: 'leaves after a piece',
    ends: ['OK'],
    async send(under, metadata, index) {
      for await (const _ of under.client.ChatStream(asking(story(index)), { metadata })) break;
      return undefined;
    },
  },
  {
    name: 'leaves after a moment, wherever it is',
    ends: ['CANCELLED', 'OK'],
    async send(under, metadata, index) {
      const leaving = new AbortController();
      const timer = setTimeout(() => leaving.abort(), 5 + (index % 40));
      try {
        await under.client.Chat(asking(story(index)), { metadata, signal: leaving.signal });
      } finally {
        clearTimeout(timer);
      }
      return undefined;
    },
  },
  {
    name: 'asks what cannot be',
    ends: ['INVALID_ARGUMENT', 'NOT_FOUND'],
    async send(under, metadata, index) {
      const wrong = index % 20 < 10 ? { model: 'no-such-model' } : { maxTokens: -1 };
      await under.client.Chat(asking('Hi', wrong), { metadata });
      return undefined;
    },
  },
  {
    name: 'has little time',
    ends: ['DEADLINE_EXCEEDED', 'OK'],
    async send(under, metadata, index) {
      await under.client.Chat(asking(story(index)), { metadata, timeoutMs: 5 + ((index * 7) % 90) });
      return undefined;
    },
  },
];

const definitions = Object.values(spans);
const names: VerifyExtra['names'] = {
  isSpan: (name, kind) =>
    definitions.some(
      ({ pattern, kinds: known }) => pattern.test(name) && known.some((one) => one === kind.toUpperCase()),
    ),
  isAttribute: (key) => Object.hasOwn(attributes, key),
};

interface Sent {
  readonly kind: Kind;
  readonly from: Caller;
  readonly code: string;
  readonly counts: Counts;
}

interface Verified extends Verification {
  readonly trace: Trace;
}

let under: MeshUnderTest;
let clock: ClockWatch;

/** Sees by how much this machine's clock is set meanwhile. */
class ClockWatch {
  readonly #timer = setInterval(() => this.#look(), 2);
  #least = Infinity;
  #most = -Infinity;

  #look(): void {
    const ahead = Date.now() - performance.now();
    this.#least = Math.min(this.#least, ahead);
    this.#most = Math.max(this.#most, ahead);
  }

  /** The most that two looks differ by. */
  get setMs(): number {
    return this.#most - this.#least;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

beforeAll(async () => {
  clock = new ClockWatch();
  // Four leases for ten at once, so that many wait.
  under = await meshUnderTest({ env: { RYZ_SLOTS: '2' } });
}, 60_000);

afterAll(() => {
  clock.stop();
  return under.stop();
});

async function send(index: number): Promise<Sent> {
  const kind = kinds[index % kinds.length];
  if (kind === undefined) throw new Error('no kind');
  const from = caller();
  const metadata = { traceparent: from.traceparent };
  try {
    return { kind, from, code: 'OK', counts: await kind.send(under, metadata, index) };
  } catch (reason) {
    return { kind, from, code: RpcError.from(reason).code, counts: undefined };
  }
}

async function sendAll(): Promise<Sent[]> {
  const sent: Sent[] = [];
  let next = 0;
  const sender = async (): Promise<void> => {
    for (let index = next++; index < requests; index = next++) sent.push(await send(index));
  };
  await Promise.all(Array.from({ length: atOnce }, sender));
  return sent;
}

/**
 * Checks the trace once it is whole; what is wrong with it may have yet to arrive, for a while. Undefined
 * where the store has none: whoever leaves at once may not have reached the mesh.
 */
async function verified({ from, counts, code }: Sent): Promise<Verified | undefined> {
  const url = `http://${under.mesh.addresses.tracebox?.ui ?? ''}/api/v3/traces/${from.traceId}`;
  const extra: VerifyExtra = {
    names,
    clockSetMs: clock.setMs,
    tokens:
      counts === undefined
        ? []
        : [{ from: 'the caller', input: counts.promptTokens, output: counts.completionTokens }],
  };
  const mayBeAbsent = ['CANCELLED', 'DEADLINE_EXCEEDED'].includes(code);
  const endAt = performance.now() + readWithinMs;
  const absentAt = performance.now() + arrivesWithinMs;
  const [found] = await until(
    async () => {
      const response = await fetch(url);
      const trace = response.ok ? buildTrace(readOtlpTraces(await response.json())) : undefined;
      return [trace && { trace, ...checkTrace(trace, extra) }] as const;
    },
    ([one]) =>
      one === undefined
        ? mayBeAbsent && performance.now() > absentAt
        : (isWhole(one.trace) && one.violations.length === 0) || performance.now() > endAt,
    readWithinMs + 5_000,
  );
  return found;
}

/** All of them, some at a time. */
async function verifyAll(sent: readonly Sent[]): Promise<(Verified | undefined)[]> {
  const results: (Verified | undefined)[] = [];
  const left = sent.entries();
  const reader = async (): Promise<void> => {
    for (const [index, one] of left) results[index] = await verified(one);
  };
  await Promise.all(Array.from({ length: atOnce }, reader));
  return results;
}

it('200 requests of all kinds, many of them waiting, leave traces in which nothing contradicts', async () => {
  const sent = await sendAll();
  for (const { kind, code } of sent)
    expect([kind.name, kind.ends]).toEqual([kind.name, expect.arrayContaining([code])]);
  const results = await verifyAll(sent);
  const wrong = results.flatMap((found, index) =>
    (found?.violations ?? []).map(({ rule, message }) =>
      [sent[index]?.kind.name, sent[index]?.code, rule, message].join(': '),
    ),
  );
  expect(wrong).toEqual([]);
  const found = results.filter((one) => one !== undefined);
  expect(found.length).toBeGreaterThan(0.9 * requests);
  expect(found.reduce((sum, { checks }) => sum + checks, 0)).toBeGreaterThan(50 * requests);
  const waited = found.filter(({ trace }) =>
    trace.roots.flatMap(flatten).some(({ span }) => span.name === 'gpu.lease.wait'),
  );
  expect(waited.length).toBeGreaterThan(20);
}, 120_000);
