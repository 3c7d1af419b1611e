import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { resourceAttributes } from '../libs/tracing/src/semconv.ts';
import { dashboardQueries } from '../tools/dashboards/src/queries.ts';

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');

interface DataSource {
  readonly uid: string;
  readonly type: string;
  readonly jsonData: {
    readonly index?: string;
    readonly timeField?: string;
    readonly logMessageField?: string;
    readonly logLevelField?: string;
    readonly dataLinks?: readonly { readonly field: string }[];
    readonly tracesToLogsV2?: { readonly datasourceUid: string; readonly query: string };
  };
}

interface Dashboard {
  readonly uid: string;
  readonly templating?: { readonly list?: readonly { readonly name: string }[] };
}

interface SavedObject {
  readonly id: string;
  readonly type: string;
  readonly attributes: {
    readonly title: string;
    readonly timeFieldName?: string;
    readonly fieldFormatMap?: string;
    readonly columns?: readonly string[];
    readonly kibanaSavedObjectMeta?: { readonly searchSourceJSON: string };
  };
  readonly references: readonly { readonly id: string; readonly name: string; readonly type: string }[];
}

const { datasources } = parse(read('grafana/provisioning/datasources/ryzanstein.yaml')) as {
  datasources: readonly DataSource[];
};
const dashboards = readdirSync(new URL('grafana/dashboards/', import.meta.url)).map(
  (file) => JSON.parse(read(`grafana/dashboards/${file}`)) as Dashboard,
);
const objects = read('kibana/saved-objects.ndjson')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as SavedObject);
const views = objects.filter(({ type }) => type === 'index-pattern');
const searches = objects.filter(({ type }) => type === 'search');

/** All values of a key, however deep. */
function valuesOf(key: string, node: unknown): unknown[] {
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([name, value]) => [
    ...(name === key ? [value as unknown] : []),
    ...valuesOf(key, value),
  ]);
}

interface Field {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Field>>;
}

interface Template {
  readonly index_patterns?: readonly string[];
  readonly template: { readonly mappings: { readonly properties: Readonly<Record<string, Field>> } };
}

const template = (name: string) => JSON.parse(read(`elasticsearch/templates/${name}.json`)) as Template;

/** The names that a query may use; what is passed through has two, of which one has nothing in front. */
function fieldsOf(properties: Readonly<Record<string, Field>>, prefixes: readonly string[] = ['']): string[] {
  return Object.entries(properties).flatMap(([name, { type, properties: inner }]) => {
    const names = prefixes.map((prefix) => `${prefix}${name}`);
    if (inner === undefined) return names;
    return fieldsOf(inner, [...names.map((one) => `${one}.`), ...(type === 'passthrough' ? [''] : [])]);
  });
}

const common = fieldsOf(template('component-ryzanstein-common').template.mappings.properties);
const fields: Readonly<Record<string, ReadonlySet<string>>> = Object.fromEntries(
  ['index-ryzanstein-logs', 'index-ryzanstein-traces'].map(template).map((index) => [
    index.index_patterns?.[0] ?? '',
    new Set([
      ...common,
      ...fieldsOf(index.template.mappings.properties),
      // Become fields when they come, all of them keywords but the one that the template has.
      ...Object.keys(resourceAttributes),
      // Elasticsearch's own.
      '_ignored',
    ]),
  ]),
);

/** The fields that a Lucene query asks for. */
function askedIn(lucene: string): string[] {
  const bare = lucene.replace(/"[^"]*"/g, '""');
  return [...bare.matchAll(/([@\w.]+):(\S*)/g)].map(([, field = '', value = '']) =>
    field === '_exists_' ? value : field,
  );
}

const unknown = (index: string | undefined, names: readonly string[]): string[] =>
  names.filter((name) => !(fields[index ?? '']?.has(name) ?? false)).map((name) => `${index} has no ${name}`);

const sources = new Map(datasources.map((source) => [source.uid, source]));
const indexOf = (uid: string) => sources.get(uid)?.jsonData.index;

test('a Lucene query is taken apart', () => {
  expect(askedIn('service.name:"a:b" AND _exists_:request.id AND severity_number:>=13')).toEqual([
    'service.name',
    'request.id',
    'severity_number',
  ]);
});

test('data sources lead to data sources that are provisioned', () => {
  expect([...sources.keys()]).toEqual(['prometheus', 'jaeger', 'elasticsearch-logs', 'elasticsearch-traces']);
  const led = valuesOf('datasourceUid', datasources);
  expect(led).toHaveLength(5);
  expect(led.filter((uid) => !sources.has(uid as string))).toEqual([]);
});

test('panels ask data sources that are provisioned, by their type', () => {
  const asked = valuesOf('datasource', dashboards) as { uid: string; type: string }[];
  expect(asked.length).toBeGreaterThan(50);
  expect(asked.filter(({ uid, type }) => sources.get(uid)?.type !== type)).toEqual([]);
});

test('dashboards have ids of their own, and links of Jaeger lead to one that knows the variable', () => {
  const uids = dashboards.map(({ uid }) => uid);
  expect(new Set(uids).size).toBe(uids.length);
  const [, uid, variable] = /\/d\/([\w-]+)\?var-(\w+)=#\{traceID\}/.exec(read('jaeger/ui.json')) ?? [];
  const led = dashboards.find((dashboard) => dashboard.uid === uid);
  expect(led?.templating?.list?.map(({ name }) => name)).toEqual([variable]);
  const view = /dataViewId:([\w-]+)/.exec(read('jaeger/ui.json'))?.[1];
  expect(views.map(({ id }) => id)).toContain(view);
});

test('queries of dashboards and data sources ask for fields that the templates have', () => {
  const lucene = dashboardQueries().filter(({ language }) => language === 'lucene');
  expect(lucene.length).toBeGreaterThan(5);
  expect(lucene.flatMap(({ source, query }) => unknown(indexOf(source), askedIn(query)))).toEqual([]);
  const counted = valuesOf('bucketAggs', dashboards).flatMap((group) => valuesOf('field', group));
  expect(unknown('traces-ryzanstein.otel-*', counted as string[])).toEqual([]);
  expect(counted).toContain('service.name');
  for (const { jsonData: shown } of datasources) {
    const { index, timeField, logMessageField, logLevelField, dataLinks = [] } = shown;
    if (index === undefined) continue;
    const named = [timeField, logMessageField, logLevelField, ...dataLinks.map(({ field }) => field)];
    expect(unknown(index, named.map(String))).toEqual([]);
  }
  const toLogs = sources.get('jaeger')?.jsonData.tracesToLogsV2;
  expect(unknown(indexOf(toLogs?.datasourceUid ?? ''), askedIn(toLogs?.query ?? ''))).toEqual([]);
});

test('each saved search reads a data view that is there, and fields that the view has', () => {
  expect(views.map(({ attributes }) => attributes.title)).toEqual(Object.keys(fields));
  expect(searches.length).toBeGreaterThan(4);
  for (const { id, attributes, references } of searches) {
    const source = JSON.parse(attributes.kibanaSavedObjectMeta?.searchSourceJSON ?? '{}') as {
      query: { query: string; language: string };
      indexRefName: string;
    };
    const reference = references.find(({ name }) => name === source.indexRefName);
    const view = views.find((one) => one.id === reference?.id && one.type === reference.type);
    expect([id, source.query.language, view?.attributes.title]).toEqual([id, 'lucene', expect.any(String)]);
    const asked = askedIn(source.query.query);
    expect(unknown(view?.attributes.title, [...asked, ...(attributes.columns ?? [])])).toEqual([]);
  }
  for (const { attributes } of views) {
    const linked = Object.keys(JSON.parse(attributes.fieldFormatMap ?? '{}') as object);
    expect(unknown(attributes.title, [...linked, String(attributes.timeFieldName)])).toEqual([]);
  }
});
