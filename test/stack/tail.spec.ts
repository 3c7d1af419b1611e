import { startStack, type Stack } from '@ryzanstein/stack';
import { chatTree } from '../mesh/chat-tree.ts';
import { asking, caller, failure, type Caller } from '../mesh/mesh-under-test.ts';
import { outline, until } from '../mesh/stored-trace.ts';
import { exemplars, total } from './backend-reads.ts';
import { arrivesWithinMs, jaegerTrace, meshOnStack, type MeshOnStack } from './mesh-on-stack.ts';
import { recordedTrace } from './recorded-trace.ts';
import { sharedStack } from './shared-stack.ts';

const long = asking('Tell me a short story about a bear.', { maxTokens: 200 });
const decidesAfterMs = 6_000;
const ordinary = 60;

let stack: Stack;
let mesh: MeshOnStack;
const kept: Record<'expired' | 'cancelled' | 'forced' | 'waited' | 'queued', Caller[]> = {
  expired: [],
  cancelled: [],
  forced: [],
  waited: [],
  queued: [],
};
let others: Caller[];

beforeAll(async () => {
  // Traces go to the Elasticsearch that runs for all; the rest is of its own.
  stack = await startStack({
    tail: true,
    only: ['jaeger', 'prometheus', 'collector'],
    env: {
      OTELCOL_METRICS_FLUSH_INTERVAL: '1s',
      RYZ_TAIL_DECISION_WAIT: `${decidesAfterMs / 1_000}s`,
      RYZ_TAIL_PERCENT: '1',
      ELASTICSEARCH_URL: sharedStack().endpoints.elasticsearch,
    },
  });
  // The longest request has ended before its trace is judged, as in the shipped pair.
  mesh = await meshOnStack(stack, {
    RYZ_MAX_DEADLINE_MS: '4000',
    RYZ_INJECT_DELAY: 'decode:400',
    RYZ_SLOTS: '2',
  });
  const metadata = ({ traceparent }: Caller): { traceparent: string } => ({ traceparent });
  others = Array.from({ length: ordinary }, caller);
  for (const from of others)
    await mesh.client.CountTokens({ model: 'ryzanstein-tiny', prompt: 'Hi' }, { metadata: metadata(from) });
  for (let turn = 0; turn < 3; turn += 1) {
    const expired = caller();
    kept.expired.push(expired);
    await failure(mesh.chat(long, { metadata: metadata(expired), timeoutMs: 250 }));
    const cancelled = caller();
    kept.cancelled.push(cancelled);
    for await (const _ of mesh.client.ChatStream(long, { metadata: metadata(cancelled) })) break;
    const forced = caller();
    kept.forced.push(forced);
    await mesh.chat(asking('Hi'), { metadata: { ...metadata(forced), 'x-ryz-sampling-priority': 'keep' } });
  }
  // Two slots and two leases for the hand-over: who comes last waits for more than a second, and on
  // a busy machine for too long.
  const queue = Array.from({ length: 11 }, caller);
  const served: Caller[] = [];
  await Promise.allSettled(
    queue.map(async (from) => {
      await mesh.chat(asking('What is a span?'), { metadata: metadata(from) });
      served.push(from);
    }),
  );
  kept.waited.push(served.at(-1) as Caller);
  kept.queued.push(await expiredInQueue());
});

/** One whose deadline passes while others have all devices. */
async function expiredInQueue(): Promise<Caller> {
  const giveUp = new AbortController();
  const others = Array.from({ length: 6 }, () => mesh.client.ChatStream(long, { signal: giveUp.signal }));
  // Who has its first token was given a device, and the others stand in line.
  await Promise.any(others.map((stream) => stream[Symbol.asyncIterator]().next()));
  const from = caller();
  const { traceparent } = from;
  const { code } = await failure(mesh.chat(long, { metadata: { traceparent }, timeoutMs: 500 }));
  expect(code).toBe('DEADLINE_EXCEEDED');
  giveUp.abort();
  return from;
}

afterAll(async () => {
  await mesh?.stop();
  expect(await stack?.stop()).toEqual([]);
});

it.each(['expired', 'cancelled', 'forced', 'waited'] as const)(
  'at 1 % every trace that was %s is there, whole',
  async (why) => {
    for (const { traceId, spanId } of kept[why]) {
      const spans = await until(
        () => jaegerTrace(stack, traceId),
        // Who expires early has fewer phases.
        (all) => all.length >= 10 && !outline(all, spanId).includes('parent is missing'),
        decidesAfterMs + arrivesWithinMs,
      );
      const tree = outline(spans, spanId);
      if (why === 'forced') expect(tree).toBe(chatTree('ChatStream'));
      if (why === 'waited') expect(tree).toBe(chatTree('ChatStream', true));
    }
  },
);

it('at 1 % what stood in line until its deadline is there, and was never at the engine', async () => {
  for (const { traceId, spanId } of kept.queued) {
    const spans = await until(
      () => jaegerTrace(stack, traceId),
      (all) =>
        all.some(({ name }) => name === 'gpu.lease.wait') && all.some(({ name }) => /Release/.test(name)),
      decidesAfterMs + arrivesWithinMs,
    );
    const tree = outline(spans, spanId);
    expect(tree).not.toContain('parent is missing');
    expect(tree).not.toContain('Generate');
  }
});

it('at 1 % every trace that was slow to its first token is there, for nothing but that', async () => {
  const slow = await meshOnStack(stack, { RYZ_MAX_DEADLINE_MS: '4000', RYZ_INJECT_DELAY: 'prefill:2100' });
  try {
    for (let turn = 0; turn < 3; turn += 1) {
      const from = caller();
      await slow.chat(asking('Hi', { maxTokens: 3 }), { metadata: { traceparent: from.traceparent } });
      const spans = await until(
        () => jaegerTrace(stack, from.traceId),
        (all) => all.length >= 11,
        decidesAfterMs + arrivesWithinMs,
      );
      // Neither an error nor a wait.
      expect(outline(spans, from.spanId)).toBe(chatTree('ChatStream'));
      const first = spans.find(({ name }) => name.endsWith('/ChatStream'));
      expect(first?.attributes['ryzanstein.latency.ttft_ms']).toBeGreaterThan(2_000);
    }
  } finally {
    await slow.stop();
  }
});

it('of the others about one in a hundred is there, and the span metrics count them all', async () => {
  const own = `deployment_environment_name="${mesh.environment}"`;
  await until(
    () => total(stack, `sum(traces_span_metrics_calls_total{${own},span_name=~".*LlmService/CountTokens"})`),
    (count) => count === ordinary,
    arrivesWithinMs,
  );
  const found = await Promise.all(
    others.map(async ({ traceId }) => (await jaegerTrace(stack, traceId)).length > 0),
  );
  // More than eight of sixty come once in ten million runs.
  expect(found.filter(Boolean).length).toBeLessThanOrEqual(8);
});

it('every exemplar names a span that was kept', async () => {
  const own = `deployment_environment_name="${mesh.environment}"`;
  const found = await until(
    () => exemplars(stack, `{__name__=~"traces_span_.+",${own}}`),
    (all) => all.length > 20,
    arrivesWithinMs,
  );
  const lost: string[] = [];
  for (const traceId of new Set(found.map((one) => one.traceId))) {
    const ids = new Set((await recordedTrace(stack, traceId)).map(({ spanId }) => spanId));
    for (const { spanId, series } of found.filter((one) => one.traceId === traceId))
      if (!ids.has(spanId)) lost.push(`${series.__name__} ${traceId} ${spanId}`);
  }
  expect(lost).toEqual([]);
});

it('the sampler tells what it decided', async () => {
  const decided = await until(
    () =>
      total(stack, 'sum({__name__=~"otelcol_processor_tail_sampling_global_count_traces_sampled(_total)?"})'),
    (count) => count > ordinary,
    arrivesWithinMs,
  );
  expect(decided).toBeGreaterThan(ordinary);
});
