import { readFileSync } from 'node:fs';
import { attributes, logAttributes, type AttributeType } from '../../libs/tracing/src/semconv.ts';

interface Field {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Field>>;
}

const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`templates/${name}.json`, import.meta.url), 'utf8')) as {
    priority: number;
    index_patterns: string[];
    composed_of: string[];
    template: {
      settings?: Readonly<Record<string, unknown>>;
      mappings: { properties: Readonly<Record<string, Field>> };
    };
  };

const logs = read('index-ryzanstein-logs');
const traces = read('index-ryzanstein-traces');

const types: Readonly<Record<AttributeType, readonly string[]>> = {
  string: ['keyword', 'text'],
  'string[]': ['keyword'],
  int: ['long'],
  double: ['double'],
  boolean: ['boolean'],
};

const ofAttributes = (template: typeof logs) =>
  template.template.mappings.properties.attributes?.properties ?? {};

test.each([
  ['traces', traces, attributes],
  ['logs', logs, logAttributes],
  ['logs, which hold events of spans', logs, attributes],
])('every attribute has its type in %s', (_name, template, registry) => {
  const fields = ofAttributes(template);
  for (const [key, { type }] of Object.entries<{ type: AttributeType }>(registry))
    expect([key, types[type]]).toEqual([key, expect.arrayContaining([fields[key]?.type])]);
});

test('an attribute of spans and of logs has one type', () => {
  const both = Object.keys(attributes).filter((key) => key in logAttributes);
  expect(both).toContain('request.id');
  for (const key of both) expect(ofAttributes(logs)[key]).toEqual(ofAttributes(traces)[key]);
});

test('the templates win over those that Elasticsearch brings', () => {
  for (const [signal, template] of [
    ['logs', logs],
    ['traces', traces],
  ] as const)
    expect(template).toMatchObject({
      index_patterns: [`${signal}-ryzanstein.otel-*`],
      priority: 200,
      data_stream: {},
      composed_of: ['ryzanstein-common', 'ryzanstein-retention'],
      ignore_missing_component_templates: ['ryzanstein-retention'],
    });
});

test('what does not fit is kept and marked', () => {
  expect(read('component-ryzanstein-common').template.settings).toMatchObject({
    'index.mapping.ignore_malformed': true,
    'index.mapping.total_fields.ignore_dynamic_beyond_limit': true,
  });
});
