import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { metrics } from '../libs/tracing/src/semconv.ts';
import type { MetricDefinition } from '../libs/tracing/src/semconv/registry.ts';
import { dashboardQueries } from '../tools/dashboards/src/queries.ts';

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');

interface Query {
  readonly where: string;
  readonly promql: string;
}

interface Rules {
  readonly groups: readonly {
    readonly rules: readonly { readonly record?: string; readonly alert?: string; readonly expr: string }[];
  }[];
}

const rules = readdirSync(new URL('prometheus/rules/', import.meta.url)).flatMap((file) =>
  (parse(read(`prometheus/rules/${file}`)) as Rules).groups.flatMap((group) => group.rules),
);

interface Provisioned {
  readonly datasources: readonly {
    readonly jsonData: { readonly tracesToMetrics?: { readonly queries: readonly { query: string }[] } };
  }[];
}

const provisioned = (
  parse(read('grafana/provisioning/datasources/ryzanstein.yaml')) as Provisioned
).datasources.flatMap(({ jsonData }) => jsonData.tracesToMetrics?.queries ?? []);

const queries: readonly Query[] = [
  ...rules.map(({ record, alert, expr }) => ({ where: `rule ${record ?? alert}`, promql: expr })),
  ...dashboardQueries()
    .filter(({ language }) => language === 'promql')
    .map(({ dashboard, panel, query }) => ({ where: `${dashboard}: ${panel}`, promql: query })),
  ...provisioned.map(({ query }) => ({ where: 'from a trace to metrics', promql: query })),
];

const units: Readonly<Record<string, string>> = { s: '_seconds', By: '_bytes' };

/** The series that Prometheus makes of a metric of the registry. */
function seriesOf([name, { instrument, unit }]: [string, MetricDefinition]): string[] {
  const suffix = units[unit] ?? (unit === '1' && instrument === 'gauge' ? '_ratio' : '');
  const base = `${name.replaceAll('.', '_')}${suffix}`;
  if (instrument === 'histogram') return ['bucket', 'count', 'sum'].map((part) => `${base}_${part}`);
  return [instrument === 'counter' ? `${base}_total` : base];
}

const signals = ['spans', 'metric_points', 'log_records'];

const known = new Set([
  ...Object.entries<MetricDefinition>(metrics).flatMap(seriesOf),
  ...rules.flatMap(({ record }) => record ?? []),
  // Made by the Collector's connectors of the spans that pass.
  'traces_span_metrics_calls_total',
  'traces_span_metrics_duration_seconds_bucket',
  'traces_span_kept_duration_seconds_bucket',
  'traces_service_graph_request_total',
  'traces_service_graph_request_client_seconds_bucket',
  'traces_service_graph_request_server_seconds_bucket',
  // The Collector's own, without what some builds append.
  ...signals.flatMap((signal) =>
    [
      'receiver_accepted',
      'receiver_refused',
      'receiver_failed',
      'exporter_sent',
      'exporter_send_failed',
      'exporter_enqueue_failed',
      'processor_memory_limiter_refused',
    ].map((counter) => `otelcol_${counter}_${signal}`),
  ),
  'otelcol_exporter_queue_size',
  'otelcol_exporter_queue_capacity',
  'otelcol_elasticsearch_docs_processed',
  'otelcol_process_memory_rss',
  'otelcol_processor_tail_sampling_global_count_traces_sampled',
  'otelcol_processor_tail_sampling_sampling_trace_dropped_too_early',
  // Prometheus's own.
  'up',
  'target_info',
  'prometheus_tsdb_head_samples_appended_total',
]);

const words = new Set(['or', 'and', 'unless', 'offset', 'bool', 'by', 'without', 'on', 'ignoring']);

/** The names of the series that a query reads. */
function namesIn(promql: string): string[] {
  const matched = [...promql.matchAll(/__name__=~?"([^"]+)"/g)].map(([, name = '']) =>
    name.replace(/\(_\w+\)\?$/, ''),
  );
  const bare = promql
    .replace(/\{[^{}]*\}|\[[^\]]*\]/g, ' ')
    .replace(/\b(?:by|without|on|ignoring)\s*\([^)]*\)/g, ' ');
  const plain = [...bare.matchAll(/(?<![\w.:$])[A-Za-z_][\w:]*(?!\w|:|\s*\()/g)]
    .map(([name]) => name)
    .filter((name) => !words.has(name));
  return [...matched, ...plain];
}

test('a query is taken apart', () => {
  expect(
    namesIn(
      'sum by (a) (rate(m_one_total{b="c", d=~"e.*"}[$__rate_interval])) / on (a) {__name__=~"m_two(_total)?"} offset 5m or 0 * x:y:z5m > 0',
    ),
  ).toEqual(['m_two', 'm_one_total', 'x:y:z5m']);
});

test('every query of a rule or a dashboard reads what somebody emits', () => {
  const unknown = queries.flatMap(({ where, promql }) => {
    const names = namesIn(promql);
    if (names.length === 0) return [`${where} reads nothing`];
    return names.filter((name) => !known.has(name)).map((name) => `${where} reads ${name}`);
  });
  expect(queries.length).toBeGreaterThan(100);
  expect(unknown).toEqual([]);
});

test('the connectors name what is made of spans', () => {
  const { connectors } = parse(read('otel-collector/gateway-tail.yaml')) as {
    connectors: Record<string, { namespace?: string; histogram?: { unit?: string } }>;
  };
  expect(
    Object.entries(connectors)
      .filter(([connector]) => connector.startsWith('span_metrics'))
      .map(([, { namespace, histogram }]) => `${namespace} in ${histogram?.unit}`),
  ).toEqual(['traces.span.metrics in s', 'traces.span.kept in s']);
});

const made = /\btraces_(?:span|service_graph)_\w+/g;
const aggregation = /\b(?:sum|avg|min|max|count|quantile|topk|bottomk)\s*(?:by\s*\([^)]*\)\s*)?$/;

/** The series made of spans that stand in no aggregation, and so come twice after a restart of the Collector. */
function unaggregated(promql: string): string[] {
  return [...promql.matchAll(made)].flatMap(({ 0: name, index }) => {
    const open: number[] = [];
    for (let at = 0; at < index; at++) {
      if (promql[at] === '(') open.push(at);
      if (promql[at] === ')') open.pop();
    }
    return open.some((at) => aggregation.test(promql.slice(0, at))) ? [] : [name];
  });
}

test('what is in no aggregation is found', () => {
  expect(unaggregated('sum by (le) (rate(traces_span_a[1m])) / rate(traces_span_b[1m])')).toEqual([
    'traces_span_b',
  ]);
});

test('collector_instance_id is aggregated away wherever metrics made of spans are read', () => {
  const reading = queries.filter(({ promql }) => promql.search(made) >= 0);
  expect(reading.length).toBeGreaterThan(8);
  for (const { where, promql } of reading) expect([where, unaggregated(promql)]).toEqual([where, []]);
  // Taken away by what is kept, not by what is left out: others come and go with it.
  const naming = queries.filter(({ promql }) => /collector_instance_id|\bwithout\s*\(/.test(promql));
  expect(naming).toEqual([]);
});
