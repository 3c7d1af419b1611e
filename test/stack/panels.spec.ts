import { concreteQuery, dashboardQueries, savedSearches, type DashboardQuery } from '@ryzanstein/dashboards';
import { asking, caller, failure } from '../mesh/mesh-under-test.ts';
import { until } from '../mesh/stored-trace.ts';
import { documents, query } from './backend-reads.ts';
import { arrivesWithinMs, meshOnStack, type MeshOnStack } from './mesh-on-stack.ts';
import { sharedStack } from './shared-stack.ts';
import { steadyLoad, type SteadyLoad } from './steady-load.ts';

const stack = sharedStack();
const promql = dashboardQueries().filter(({ language }) => language === 'promql');
const lucene = dashboardQueries().filter(({ language }) => language === 'lucene');
// Rates and recording rules need two readings of what the programs tell of themselves.
const drawnWithinMs = 60_000;
const finished = caller();
let mesh: MeshOnStack;
let load: SteadyLoad;

/** Where only the line for "none" can be drawn, and why nothing here makes another. */
const onlyNone: readonly (readonly [RegExp, string])[] = [
  [/hw_gpu_memory_usage_bytes/, 'there is no GPU'],
  [/tail_sampling/, 'this is the profile that keeps everything'],
  [/otelcol_exporter_send_failed_spans/, 'retries never end, so that nothing is given up'],
  [/docs_processed\(_total\)\?", outcome!="success"/, 'what does not fit is kept and marked, not refused'],
  [/otel_sdk_(?:processor|exporter)_(?:span|log)_\w+\{[^}]*error_type!=""/, 'no SDK loses anything'],
  [/otelcol:(?:send_failed|enqueue_failed|memory_refused):/, 'recorded only of what was lost'],
];

beforeAll(async () => {
  mesh = await meshOnStack(stack, { RYZ_SLOTS: '1' });
  load = steadyLoad(mesh);
  await mesh.chat(asking('What is a span?'), { metadata: { traceparent: finished.traceparent } });
  // The service graph draws who comes from outside for roots alone.
  await mesh.chat(asking('Hi'));
  await failure(mesh.chat({ messages: [] }));
  await failure(
    mesh.chat(asking('Tell me a short story about a bear.', { maxTokens: 200 }), { timeoutMs: 60 }),
  );
  await sendValueThatDoesNotFit();
});

afterAll(async () => {
  await load?.stop();
  await mesh?.stop();
});

/** A record whose field is a number in Elasticsearch, and here is none. */
async function sendValueThatDoesNotFit(): Promise<void> {
  const text = (key: string, value: string): object => ({ key, value: { stringValue: value } });
  const record = {
    timeUnixNano: `${BigInt(Date.now()) * 1_000_000n}`,
    severityNumber: 13,
    severityText: 'WARN',
    body: { stringValue: 'a value that does not fit' },
    attributes: [text('ttft_ms', 'soon')],
  };
  const resourceLogs = [
    { resource: { attributes: [text('service.name', 'misfit')] }, scopeLogs: [{ logRecords: [record] }] },
  ];
  const response = await fetch(`${stack.endpoints.otlpHttp}/v1/logs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ resourceLogs }),
  });
  expect(response.status).toBe(200);
}

const named = ({ dashboard, panel, query: text }: DashboardQuery): string =>
  `${dashboard}, ${panel}: ${text}`;

/** A quantile of nothing is NaN: a series, but no point in a panel. */
const draws = async (text: string): Promise<boolean> =>
  (await query(stack, concreteQuery(text))).some(({ value }) => !Number.isNaN(value));

// Recorded as 0 in the first five minutes of a Collector, and later only of what was refused.
const drawsAtFirst = /otelcol:refused:/;

const withoutFallback = (text: string): string => text.replace(/ or vector\(0\)$/, '');

const isOnlyNone = ({ query: text }: DashboardQuery): boolean => onlyNone.some(([one]) => one.test(text));

/** The queries that have never drawn anything, asked again until none is left or the time is over. */
async function neverDrew(
  queries: readonly DashboardQuery[],
  asked: (text: string) => string,
): Promise<string[]> {
  const left = new Set(queries);
  await until(
    async () => {
      for (const one of left) if (await draws(asked(one.query))) left.delete(one);
      return left.size;
    },
    (count) => count === 0,
    drawnWithinMs,
  ).catch(() => {});
  return [...left].map(named);
}

it('every PromQL query of every dashboard draws something, whole as it stands there', async () => {
  expect(promql.length).toBeGreaterThan(50);
  expect(await neverDrew(promql, (text) => text)).toEqual([]);
});

it('without the line for "none", all but the declared ones still do', async () => {
  const others = promql.filter((one) => !isOnlyNone(one) && !drawsAtFirst.test(one.query));
  expect(await neverDrew(others, withoutFallback)).toEqual([]);
});

it('what is declared to have nothing to draw has nothing', async () => {
  const declared = promql.filter(isOnlyNone);
  for (const [one] of onlyNone) expect(declared.filter(({ query: text }) => one.test(text))).not.toEqual([]);
  const drawing: string[] = [];
  for (const one of declared) if (await draws(withoutFallback(one.query))) drawing.push(named(one));
  expect(drawing).toEqual([]);
});

const indices: Readonly<Record<string, string>> = {
  'elasticsearch-logs': 'logs-ryzanstein.otel-*',
  'elasticsearch-traces': 'traces-ryzanstein.otel-*',
  'ryzanstein-logs': 'logs-ryzanstein.otel-*',
  'ryzanstein-traces': 'traces-ryzanstein.otel-*',
};

it.each([
  ...lucene.map((one) => [`${one.dashboard}, ${one.panel}`, one.source, one.query] as const),
  ...savedSearches.map((one) => [`saved search ${one.title}`, one.view, one.query] as const),
])('Elasticsearch finds something for %s', async (_, source, text) => {
  const wanted = { query_string: { query: concreteQuery(text, { traceId: finished.traceId }) } };
  const found = await until(
    () => documents(stack, indices[source] ?? source, wanted),
    (all) => all.length > 0,
    arrivesWithinMs,
  );
  expect(found.length).toBeGreaterThan(0);
});
