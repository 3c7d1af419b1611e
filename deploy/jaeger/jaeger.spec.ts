import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

type Tree = { readonly [key: string]: Tree } & { readonly [key: string]: unknown };

const read = (path: string) => parse(readFileSync(new URL(path, import.meta.url), 'utf8')) as Tree;
const memory = read('jaeger.yaml');
const elasticsearch = read('jaeger-elasticsearch.yaml');

test('both profiles are the same but for where traces are kept', () => {
  const without = ({ extensions, ...rest }: Tree) => {
    const { jaeger_storage: storage, ...others } = extensions as Tree;
    return { rest, others, metrics: (storage as Tree).metric_backends };
  };
  expect(without(elasticsearch)).toEqual(without(memory));
  expect(memory.extensions?.jaeger_storage?.backends).toEqual({ traces: { memory: { max_traces: 25_000 } } });
  const { indices } = elasticsearch.extensions?.jaeger_storage?.backends?.traces?.elasticsearch as Tree;
  const one = { shards: 1, replicas: 0 };
  expect(indices).toEqual({
    index_prefix: 'ryzanstein',
    spans: one,
    services: one,
    dependencies: one,
    sampling: one,
  });
});

test('sends no traces of its own', () => {
  expect(memory.extensions?.jaeger_query).toMatchObject({ enable_tracing: false });
});

test('serves strategies that are read again, and keeps what they do not name', () => {
  expect(memory.extensions?.remote_sampling?.file).toMatchObject({
    reload_interval: '1s',
    default_sampling_probability: 1,
  });
});

test('asks for the span metrics that the Collector makes', () => {
  const { namespace, histogram } = read('../otel-collector/gateway.yaml').connectors
    ?.span_metrics as unknown as {
    namespace: string;
    histogram: { unit: string };
  };
  expect(memory.extensions?.jaeger_storage?.metric_backends?.prometheus?.prometheus).toMatchObject({
    metric_namespace: namespace.replaceAll('.', '_'),
    latency_unit: histogram.unit,
    normalize_calls: true,
    normalize_duration: true,
  });
});

test('links to dashboards and data views that there are', () => {
  const { linkPatterns } = JSON.parse(readFileSync(new URL('ui.json', import.meta.url), 'utf8')) as {
    linkPatterns: { url: string }[];
  };
  const board = JSON.parse(
    readFileSync(new URL('../grafana/dashboards/trace-logs.json', import.meta.url), 'utf8'),
  ) as {
    uid: string;
    templating: { list: { name: string }[] };
  };
  expect(linkPatterns[0]?.url).toBe(
    `http://localhost:3000/d/${board.uid}?var-${board.templating.list[0]?.name}=#{traceID}`,
  );
  const objects = readFileSync(new URL('../kibana/saved-objects.ndjson', import.meta.url), 'utf8');
  expect(objects).toContain(`"id":"${/dataViewId:([a-z-]+)/.exec(linkPatterns[1]?.url ?? '')?.[1]}"`);
});
