import type { RecordedSpan } from '@ryzanstein/testing';
import { asking, caller, failure, type Caller, type Streamed } from '../mesh/mesh-under-test.ts';
import { until } from '../mesh/stored-trace.ts';
import { documents, exemplars, query, total, type Document } from './backend-reads.ts';
import { arrivesWithinMs, meshOnStack, type MeshOnStack } from './mesh-on-stack.ts';
import { recordedTrace } from './recorded-trace.ts';
import { sharedStack } from './shared-stack.ts';

const stack = sharedStack();
const method = 'ryzanstein.api.v1.LlmService/ChatStream';
const chats = 12;
const refusals = 3;

let mesh: MeshOnStack;
let callers: Caller[];
let answers: Streamed[];
let spans: RecordedSpan[];
let lines: Document[];
/** Picks the metrics of this mesh. */
let own: string;

beforeAll(async () => {
  mesh = await meshOnStack(stack);
  own = `deployment_environment_name="${mesh.environment}"`;
  callers = Array.from({ length: chats }, caller);
  answers = await Promise.all(
    callers.map(({ traceparent }, index) =>
      mesh.chat(asking('What is a span?', { maxTokens: 4 + index }), { metadata: { traceparent } }),
    ),
  );
  const refused = Array.from({ length: refusals }, caller);
  for (const { traceparent } of refused)
    expect((await failure(mesh.chat({ messages: [] }, { metadata: { traceparent } }))).code).toBe(
      'INVALID_ARGUMENT',
    );
  callers.push(...refused);
  const expected = chats * 11 + refusals;
  spans = await until(
    async () => (await Promise.all(callers.map(({ traceId }) => recordedTrace(stack, traceId)))).flat(),
    (all) => all.filter(({ name }) => name !== 'gpu.lease.wait').length === expected,
    arrivesWithinMs,
  );
  lines = await until(
    () =>
      documents(stack, 'logs-ryzanstein.otel-*', {
        terms: { trace_id: callers.map(({ traceId }) => traceId) },
      }),
    (all) => finished(all).length === chats,
    arrivesWithinMs,
  );
  // What is counted last has arrived once the metric has all calls, refused ones included.
  await until(
    () => total(stack, `sum(rpc_server_call_duration_seconds_count{${own},rpc_method="${method}"})`),
    (count) => count === chats + refusals,
    arrivesWithinMs,
  );
});

afterAll(() => mesh.stop());

function finished(all: readonly Document[]): Record<string, unknown>[] {
  return all
    .filter(({ source }) => (source.body as { text?: string } | undefined)?.text === 'chat finished')
    .map(({ source }) => source.attributes as Record<string, unknown>);
}

const sum = (values: readonly unknown[]): number =>
  values.reduce<number>((all, value) => all + Number(value), 0);
const ofSpans = (name: string, key: string): unknown[] =>
  spans.filter((span) => span.name === name).flatMap(({ attributes }) => attributes[key] ?? []);

it('calls: client, spans, span metrics and rpc metrics count the same, by outcome', async () => {
  const byCode = { OK: chats, INVALID_ARGUMENT: refusals };
  const roots = spans
    .filter(({ name }) => name === method)
    .map(({ attributes }) => attributes['rpc.response.status_code']);
  for (const [code, count] of Object.entries(byCode)) {
    expect([code, roots.filter((one) => one === code).length]).toEqual([code, count]);
    const labels = `${own},rpc_method="${method}",rpc_response_status_code="${code}"`;
    const metric = `sum(rpc_server_call_duration_seconds_count{${labels}})`;
    expect([metric, await total(stack, metric)]).toEqual([metric, count]);
    const spanMetric = `sum(traces_span_metrics_calls_total{${labels}})`;
    await until(
      () => total(stack, spanMetric),
      (value) => value === count,
      arrivesWithinMs,
    );
  }
});

it('spans: Jaeger, span metrics and Elasticsearch have the same number of each name', async () => {
  const names = Map.groupBy(spans, ({ name, kind }) => `${name} SPAN_KIND_${kind}`);
  const inJaeger = Object.fromEntries([...names].map(([name, all]) => [name, all.length]));
  const counted = async (): Promise<Record<string, number>> =>
    Object.fromEntries(
      (await query(stack, `sum by (span_name, span_kind) (traces_span_metrics_calls_total{${own}})`)).map(
        ({ metric, value }) => [`${metric.span_name} ${metric.span_kind}`, value],
      ),
    );
  await until(counted, (all) => sum(Object.values(all)) === spans.length, arrivesWithinMs);
  expect(await counted()).toEqual(inJaeger);
  const ids = callers.map(({ traceId }) => traceId);
  const stored = await until(
    () => documents(stack, 'traces-ryzanstein.otel-*', { terms: { trace_id: ids } }),
    (all) => all.length === spans.length,
    arrivesWithinMs,
  );
  expect(new Set(stored.map(({ source }) => source.span_id))).toEqual(
    new Set(spans.map(({ spanId }) => spanId)),
  );
});

it('tokens: usage of the client, spans, metric and log lines add up to the same', async () => {
  const input = sum(answers.map(({ last }) => last.usage?.promptTokens));
  const output = sum(answers.map(({ last }) => last.usage?.completionTokens));
  expect(output).toBeGreaterThan(chats);
  expect(sum(ofSpans('chat ryzanstein-tiny', 'ryzanstein.tokens.input'))).toBe(input);
  expect(sum(ofSpans('chat ryzanstein-tiny', 'ryzanstein.tokens.output'))).toBe(output);
  const metric = (type: string): Promise<number> =>
    total(stack, `sum(ryzanstein_tokens_total{${own},ryzanstein_token_type="${type}"})`);
  await until(
    async () => [await metric('input'), await metric('output')],
    (values) => values[0] === input && values[1] === output,
    arrivesWithinMs,
  );
  expect(sum(finished(lines).map((line) => line.prompt_tokens))).toBe(input);
  expect(sum(finished(lines).map((line) => line.completion_tokens))).toBe(output);
});

it('time to first token: client, root spans, metric and log lines tell the same', async () => {
  const told = sum(answers.map(({ last }) => last.timings?.ttftMs));
  expect(sum(ofSpans(method, 'ryzanstein.latency.ttft_ms'))).toBeCloseTo(told, 6);
  // A log line is rounded to the microsecond.
  const rounded = answers.map(({ last }) => Math.round(Number(last.timings?.ttftMs) * 1_000) / 1_000);
  expect(new Set(finished(lines).map((line) => line.ttft_ms))).toEqual(new Set(rounded));
  await until(
    () => total(stack, `sum(ryzanstein_ttft_seconds_count{${own}})`),
    (count) => count === chats,
    arrivesWithinMs,
  );
  expect(await total(stack, `sum(ryzanstein_ttft_seconds_sum{${own}})`)).toBeCloseTo(told / 1_000, 6);
});

it('exemplars: every one names a span that Jaeger has', async () => {
  const found = await exemplars(stack, `{${own}}`);
  expect(found.length).toBeGreaterThan(10);
  const known = new Set(spans.map(({ traceId, spanId }) => `${traceId} ${spanId}`));
  expect(found.map(({ traceId, spanId }) => `${traceId} ${spanId}`).filter((one) => !known.has(one))).toEqual(
    [],
  );
});
