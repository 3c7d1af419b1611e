/**
 * Writes Elasticsearch's templates from the telemetry registry, so that every attribute of the mesh
 * has the type there that it has in the code. With `--check` it exits 1 where a file is out of date.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { attributes, logAttributes, type AttributeType } from '../libs/tracing/src/semconv.ts';

const folder = new URL('../deploy/elasticsearch/templates/', import.meta.url);

type Mapping = Readonly<Record<string, unknown>>;

// What is longer than Lucene's longest term would be refused with its whole document.
const keyword: Mapping = { type: 'keyword', ignore_above: 8191 };

const typeOf: Readonly<Record<AttributeType, Mapping>> = {
  string: keyword,
  'string[]': keyword,
  int: { type: 'long' },
  double: { type: 'double' },
  boolean: { type: 'boolean' },
};

/** Read, not compared. */
const prose = new Set(['exception.message', 'exception.stacktrace', 'error']);

const mapped = (registry: Readonly<Record<string, { readonly type: AttributeType }>>): Mapping =>
  Object.fromEntries(
    Object.entries(registry).map(([key, { type }]) => [
      key,
      prose.has(key) ? { type: 'text' } : typeOf[type],
    ]),
  );

const fields = (type: string, ...names: string[]): Mapping =>
  Object.fromEntries(names.map((name) => [name, { type }]));

const anyAttribute = ['attributes.*', 'resource.attributes.*', 'scope.attributes.*'];

const common = {
  template: {
    settings: {
      'index.number_of_shards': 1,
      'index.number_of_replicas': 0,
      'index.refresh_interval': '1s',
      // A value of another type than the field's is kept in the document and named in _ignored; the rest is searchable.
      'index.mapping.ignore_malformed': true,
      'index.mapping.total_fields.limit': 2000,
      'index.mapping.total_fields.ignore_dynamic_beyond_limit': true,
    },
    mappings: {
      // A string that looks like a date first, and like none later, would be a conflict.
      date_detection: false,
      dynamic: false,
      dynamic_templates: [
        { strings: { path_match: anyAttribute, match_mapping_type: 'string', mapping: keyword } },
        // The first value of an attribute that nobody declared may be whole by chance.
        { numbers: { path_match: anyAttribute, match_mapping_type: 'long', mapping: { type: 'double' } } },
        {
          objects: { path_match: anyAttribute, match_mapping_type: 'object', mapping: { type: 'flattened' } },
        },
      ],
      properties: {
        '@timestamp': { type: 'date_nanos' },
        data_stream: { properties: fields('keyword', 'type', 'dataset', 'namespace') },
        ...fields('keyword', 'trace_id', 'span_id'),
        trace: { properties: { id: { type: 'alias', path: 'trace_id' } } },
        dropped_attributes_count: { type: 'long' },
        scope: {
          properties: {
            ...fields('keyword', 'name', 'version', 'schema_url'),
            dropped_attributes_count: { type: 'long' },
            attributes: { type: 'passthrough', dynamic: true, priority: 20 },
          },
        },
        resource: {
          properties: {
            schema_url: { type: 'keyword' },
            dropped_attributes_count: { type: 'long' },
            attributes: {
              type: 'passthrough',
              dynamic: true,
              priority: 10,
              properties: { 'process.pid': { type: 'long' } },
            },
          },
        },
      },
    },
  },
};

const passthrough = (properties: Mapping) => ({
  type: 'passthrough',
  dynamic: true,
  priority: 30,
  properties,
});

const traces = {
  attributes: passthrough(mapped(attributes)),
  ...fields('keyword', 'name', 'kind', 'parent_span_id', 'trace_state'),
  ...fields('long', 'duration', 'dropped_events_count', 'dropped_links_count'),
  status: { properties: { code: { type: 'keyword' }, message: keyword } },
  links: {
    properties: {
      ...fields('keyword', 'trace_id', 'span_id', 'trace_state'),
      attributes: { type: 'object', dynamic: false },
    },
  },
};

const logs = {
  // Events of spans are documents among the logs, so that the attributes of both stand here.
  attributes: passthrough({ ...mapped(attributes), ...mapped(logAttributes) }),
  observed_timestamp: { type: 'date_nanos' },
  severity_number: { type: 'byte' },
  ...fields('keyword', 'severity_text', 'event_name'),
  body: { properties: { text: { type: 'text' }, structured: { type: 'flattened' } } },
  message: { type: 'alias', path: 'body.text' },
  log: { properties: { level: { type: 'alias', path: 'severity_text' } } },
};

const index = (signal: string, properties: Mapping) => ({
  index_patterns: [`${signal}-ryzanstein.otel-*`],
  data_stream: {},
  // Elasticsearch's own templates for *.otel stand at 120.
  priority: 200,
  composed_of: ['ryzanstein-common', 'ryzanstein-retention'],
  // There where the node has data stream lifecycles.
  ignore_missing_component_templates: ['ryzanstein-retention'],
  template: { mappings: { properties } },
});

const files: Readonly<Record<string, unknown>> = {
  'component-ryzanstein-common.json': common,
  'index-ryzanstein-logs.json': index('logs', logs),
  'index-ryzanstein-traces.json': index('traces', traces),
};

for (const [name, content] of Object.entries(files)) {
  const target = new URL(name, folder);
  const options = await resolveConfig(target);
  const text = await format(JSON.stringify(content), { ...options, parser: 'json' });
  if (!process.argv.includes('--check')) writeFileSync(target, text);
  else if (!existsSync(target) || readFileSync(target, 'utf8') !== text) {
    process.stderr.write(`deploy/elasticsearch/templates/${name} is out of date; run 'npm run generate'\n`);
    process.exitCode = 1;
  }
}
