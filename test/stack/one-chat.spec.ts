import { chatTree } from '../mesh/chat-tree.ts';
import { asking, caller, type Caller } from '../mesh/mesh-under-test.ts';
import { only, until, type StoredSpan } from '../mesh/stored-trace.ts';
import { documentsOfTrace, exemplars, query } from './backend-reads.ts';
import { arrivesWithinMs, meshOnStack, type MeshOnStack } from './mesh-on-stack.ts';
import { sharedStack } from './shared-stack.ts';

const stack = sharedStack();
let mesh: MeshOnStack;
let from: Caller;
let spans: StoredSpan[];

beforeAll(async () => {
  mesh = await meshOnStack(stack);
  from = caller();
  await mesh.chat(asking('What is a span?'), {
    metadata: { traceparent: from.traceparent, 'x-request-id': 'stack-1' },
  });
  spans = await mesh.trace(from, chatTree('ChatStream'));
});

afterAll(() => mesh.stop());

it('leaves exactly the declared trace in Jaeger', () => {
  expect(spans).toHaveLength(11);
  expect(spans.map(({ attributes }) => attributes['request.id'])).toEqual(spans.map(() => 'stack-1'));
});

it('is counted by name in Prometheus, with an exemplar that is this trace', async () => {
  const selector = `{deployment_environment_name="${mesh.environment}"}`;
  const counted = await until(
    () => query(stack, `sum by (span_name, span_kind) (traces_span_metrics_calls_total${selector})`),
    // The Collector first sends a zero for what is new, so that a rate sees the first call.
    (samples) => samples.length === 11 && samples.every(({ value }) => value > 0),
    arrivesWithinMs,
  );
  const chat = counted.find(({ metric }) => metric.span_name === 'chat ryzanstein-tiny');
  expect(chat).toEqual({
    metric: { span_name: 'chat ryzanstein-tiny', span_kind: 'SPAN_KIND_INTERNAL' },
    value: 1,
  });
  const found = await until(
    () => exemplars(stack, `traces_span_metrics_duration_seconds_bucket${selector}`),
    (all) => all.some(({ series }) => series.span_name === 'chat ryzanstein-tiny'),
    arrivesWithinMs,
  );
  const ofChat = found.filter(({ series }) => series.span_name === 'chat ryzanstein-tiny');
  expect(ofChat.map(({ traceId, spanId }) => [traceId, spanId])).toEqual([
    [from.traceId, only(spans, 'chat ryzanstein-tiny').spanId],
  ]);
});

it('has its spans and its log lines in Elasticsearch, in the data set of the mesh', async () => {
  const stored = await until(
    () => documentsOfTrace(stack, 'traces-ryzanstein.otel-*', from.traceId),
    (all) => all.length === 11,
    arrivesWithinMs,
  );
  expect(stored.map(({ source }) => source.span_id).sort()).toEqual(spans.map(({ spanId }) => spanId).sort());
  expect(stored.flatMap(({ ignored }) => ignored)).toEqual([]);
  const lines = await until(
    () => documentsOfTrace(stack, 'logs-ryzanstein.otel-*', from.traceId),
    (all) => all.some(({ source }) => bodyOf(source) === 'chat finished'),
    arrivesWithinMs,
  );
  expect(lines.map(({ source }) => bodyOf(source)).filter((body) => body !== undefined)).toEqual(
    expect.arrayContaining(['lease granted', 'chat finished']),
  );
});

function bodyOf(source: Readonly<Record<string, unknown>>): string | undefined {
  return (source.body as { text?: string } | undefined)?.text;
}
