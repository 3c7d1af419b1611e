import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { configTable } from '../../apps/api-server/src/config.ts';
import { attributes, logAttributes, resourceAttributes } from '../../libs/tracing/src/semconv.ts';
import { contentKeys } from '../../scripts/collector-content.ts';

interface Pipeline {
  readonly receivers: readonly string[];
  readonly processors?: readonly string[];
  readonly exporters: readonly string[];
}

type Part = Readonly<Record<string, unknown>>;

interface Collector {
  readonly receivers: {
    readonly otlp: { readonly protocols: Readonly<Record<string, { endpoint: string }>> };
  };
  readonly processors: Readonly<Record<string, Part>>;
  readonly connectors?: Readonly<Record<string, Part>>;
  readonly exporters: Readonly<Record<string, Part>>;
  readonly service: { readonly pipelines: Readonly<Record<string, Pipeline>> };
}

const read = (name: string) =>
  parse(readFileSync(new URL(`${name}.yaml`, import.meta.url), 'utf8')) as Collector;

const profiles = ['gateway', 'gateway-light', 'gateway-tail', 'agent'] as const;
const gateway = read('gateway');
const tail = read('gateway-tail');

/** An expression as the programs read it: theirs have the flag in front. */
const expression = (text: string) => new RegExp(text.replace('(?i)', ''), 'i');

describe.each(profiles)('%s', (name) => {
  const { receivers, processors, exporters, service } = read(name);
  const pipelines = Object.entries(service.pipelines);

  test('limits memory first, and takes out secrets and content before anything is counted or stored', () => {
    const fromOutside = pipelines.filter(([, pipeline]) => pipeline.receivers.includes('otlp'));
    expect(fromOutside.map(([pipeline]) => pipeline.split('/')[0])).toEqual(['traces', 'metrics', 'logs']);
    for (const [, pipeline] of fromOutside)
      expect(pipeline.processors?.slice(0, 3)).toEqual([
        'memory_limiter',
        'redaction/secrets',
        'transform/content',
      ]);
  });

  test('has statements on one context in each group', () => {
    const groups = Object.values(processors['transform/content'] ?? {})
      .filter(Array.isArray)
      .flat() as { context: string; statements: string[] }[];
    expect(groups).toHaveLength(8);
    for (const { context, statements } of groups)
      for (const statement of statements)
        expect(statement).toMatch(new RegExp(`^(delete_\\w+|replace_pattern)\\(${context}\\.`));
  });

  test('listens where it is told to', () => {
    for (const { endpoint } of Object.values(receivers.otlp.protocols))
      expect(endpoint).toMatch(/^\$\{env:OTELCOL_LISTEN_HOST:-0\.0\.0\.0\}:/);
  });

  test('keeps what it cannot send, and tries without end', () => {
    const sending = Object.entries(exporters).filter(([exporter]) => exporter !== 'debug');
    expect(sending.length).toBeGreaterThan(0);
    for (const [exporter, settings] of sending) {
      expect(settings.sending_queue).toMatchObject({ storage: 'file_storage/queue', sizer: 'items' });
      if (exporter === 'elasticsearch') {
        expect(settings).toMatchObject({
          timeout: '0s',
          retry: { enabled: true, max_retries: 1_000_000_000, retry_on_status: [429, 500, 502, 503, 504] },
        });
        expect(settings).not.toHaveProperty('include_source_on_error');
        expect(settings).not.toHaveProperty('mapping');
        expect(settings).not.toHaveProperty('telemetry');
      } else expect(settings.retry_on_failure).toMatchObject({ max_elapsed_time: '0s' });
    }
  });
});

test('no attribute of the registry is taken for content or for a secret', () => {
  const patterns = gateway.processors['redaction/secrets']?.blocked_key_patterns as string[];
  const taken = [...patterns, contentKeys].map((pattern) => expression(pattern.replaceAll('$$', '$')));
  const keys = [
    ...Object.keys(attributes),
    ...Object.keys(logAttributes),
    ...Object.keys(resourceAttributes),
  ];
  expect(keys).toEqual(expect.arrayContaining(['ryzanstein.tokens.output', 'ryzanstein.latency.prefill_ms']));
  expect(keys.filter((key) => taken.some((pattern) => pattern.test(key)))).toEqual([]);
});

test.each([
  'gen_ai.input.messages',
  'gen_ai.output.messages',
  'gen_ai.system_instructions',
  'gen_ai.prompt.0.content',
  'gen_ai.completion',
  'gen_ai.tool.call.arguments',
  'llm.prompts',
  'input.value',
  'http.request.body',
  'prompt',
])('%s is taken for content', (key) => {
  expect(key).toMatch(expression(contentKeys));
});

test.each([
  'http.request.header.x-anything',
  'rpc.request.metadata.authorization',
  'db.password',
  'API-Key',
  'session_token',
])('%s is taken for a secret', (key) => {
  const patterns = gateway.processors['redaction/secrets']?.blocked_key_patterns as string[];
  expect(patterns.some((pattern) => expression(pattern.replaceAll('$$', '$')).test(key))).toBe(true);
});

test('the tail profile waits longer than the longest request', () => {
  const wait = /:-(\d+)s\}/.exec(String(tail.processors.tail_sampling?.decision_wait))?.[1];
  const { default: longest } = configTable.maxDeadlineMs as { default: number };
  expect(longest).toBe(120_000);
  expect(Number(wait) * 1_000).toBeGreaterThan(longest);
});

test('the tail profile takes exemplars behind the sampler alone, and is the default otherwise', () => {
  expect(tail.connectors?.span_metrics?.exemplars).toMatchObject({ enabled: false });
  expect(tail.connectors?.['span_metrics/kept']?.exemplars).toMatchObject({ enabled: true });
  expect(tail.service.pipelines['traces/stored']).toMatchObject({ processors: ['tail_sampling'] });
  const { 'traces/stored': stored, metrics, ...others } = tail.service.pipelines;
  const { 'traces/stored': allStored, metrics: allMetrics, ...allOthers } = gateway.service.pipelines;
  expect(others).toEqual(allOthers);
  expect(stored?.exporters).toEqual([...(allStored?.exporters ?? []), 'span_metrics/kept']);
  expect(metrics?.processors).toEqual(allMetrics?.processors);
  expect(tail.exporters).toEqual(gateway.exporters);
});

test('the tail profile keeps what telemetry promises', () => {
  const policies = tail.processors.tail_sampling?.policies as { name: string; type: string }[];
  expect(policies.map(({ name, type }) => [name, type])).toEqual([
    ['errors', 'status_code'],
    ['cancelled', 'ottl_condition'],
    ['slow-first-token', 'ottl_condition'],
    ['long-wait', 'ottl_condition'],
    ['forced', 'string_attribute'],
    ['rest', 'probabilistic'],
  ]);
  const named = JSON.stringify(policies).match(/(?:ryzanstein|rpc|http)\.[a-z_.]+/g) ?? [];
  expect([...new Set(named)].filter((key) => !(key in attributes))).toEqual([]);
});
