import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import {
  attributes,
  deprecatedAttributes,
  events,
  logAttributes,
  metricLabels,
  metrics,
  resourceAttributes,
  spans,
} from '../src/semconv.ts';
import type {
  AttributeDefinition,
  LogAttributeDefinition,
  MetricDefinition,
  Requiring,
} from '../src/semconv.ts';

// Writes docs/telemetry.md from the registry. `--check` writes nothing and fails when it is stale.

const target = fileURLToPath(new URL('../../../docs/telemetry.md', import.meta.url));
const name = relative(process.cwd(), target);

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

const code = (text: string) => `\`${text}\``;

/** How the table of attributes calls what requires one. */
const requiring: Readonly<Record<Requiring, string>> = {
  rpcServer: 'rpc SERVER',
  rpcClient: 'rpc CLIENT',
  httpEdge: 'HTTP edge',
  httpClient: 'HTTP requests made',
  chat: spans.chat.name,
  remoteChat: `${spans.remoteChat.name} CLIENT`,
  embeddings: spans.embeddings.name,
  remoteEmbeddings: `${spans.remoteEmbeddings.name} CLIENT`,
  queue: spans.queue.name,
  prefill: spans.prefill.name,
  decode: spans.decode.name,
  leaseWait: spans.leaseWait.name,
  error: 'errors',
};

const spanRows = Object.values(spans).map(({ name, kinds, services, description }) => [
  code(name),
  kinds.join(', '),
  services,
  description,
]);
const eventRows = Object.entries(events).map(([event, { on, description }]) => [
  code(event),
  code(on),
  description,
]);
const attributeRows = Object.entries<AttributeDefinition>(attributes).map(([key, definition]) => [
  code(key),
  definition.unit === undefined ? definition.type : `${definition.type}, ${definition.unit}`,
  definition.on,
  definition.requiredOn?.map((key) => requiring[key]).join(', ') ?? '',
  definition.cardinality,
  definition.source,
  definition.description,
  code(definition.example),
]);
const logRows = Object.entries<LogAttributeDefinition>(logAttributes).map(([key, definition]) => [
  code(key),
  definition.unit === undefined ? definition.type : `${definition.type}, ${definition.unit}`,
  definition.on,
  definition.cardinality,
  definition.source,
  definition.description,
  code(definition.example),
]);
const labelRows = Object.entries<AttributeDefinition>(metricLabels)
  .filter(([key]) => !Object.hasOwn(attributes, key))
  .map(([key, { type, source, description, example }]) => [
    code(key),
    type,
    source,
    description,
    code(example),
  ]);
const boundRows = Object.entries<MetricDefinition>(metrics)
  .filter(([, { bounds }]) => bounds !== undefined)
  .map(([metric, { bounds = [] }]) => [code(metric), bounds.join(', ')]);
const metricRows = Object.entries<MetricDefinition>(metrics).map(([metric, definition]) => [
  code(metric),
  definition.instrument,
  definition.unit,
  definition.labels.map(code).join(' '),
  definition.source,
  definition.description,
]);

const text = `# Telemetry

<!-- Generated from libs/tracing/src/semconv by \`npm run docs -w @ryzanstein/tracing\`. -->

Every name that the mesh emits by itself. What an application sets through \`Tracer\` is its own. Prompts and
completions stand nowhere.

## Spans

${table(['Name', 'Kind', 'Services', 'What it is'], spanRows)}

A call's SERVER span is an error for UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE and DATA_LOSS; its CLIENT
span for every code but OK.

## Events

${table(['Name', 'On', 'What it is'], eventRows)}

## Attributes

Cardinality: \`few\` is a handful of values, \`deployment\` one per thing that an operator runs, \`request\` one per request; the last is
never a label of a metric.

${table(['Key', 'Type', 'On', 'Never without it', 'Cardinality', 'Defined by', 'What it is', 'Example'], attributeRows)}

A span with \`ryzanstein.span.recovered\` and the \`error.type\` PROCESS_KILLED was ended by nobody: it has no
${Object.entries<AttributeDefinition>(attributes)
  .filter(([, { atEnd }]) => atEnd === true)
  .map(([key]) => code(key))
  .join(
    ', ',
  )}, since no status was ever sent. Its caller, which saw UNAVAILABLE, says so on its own CLIENT span.

\`OTEL_SEMCONV_STABILITY_OPT_IN=rpc/dup\` adds \`rpc.system\`, \`rpc.service\` and \`rpc.grpc.status_code\`. Otherwise these keys, and
others that are no more, are never written:

${table(
  ['Key', 'Is now'],
  Object.entries(deprecatedAttributes).map(([old, now]) => [code(old), now.includes(' ') ? now : code(now)]),
)}

## Resource

${table(
  ['Key', 'What it is'],
  Object.entries(resourceAttributes).map(([key, description]) => [code(key), description]),
)}

## Metrics

Every call, request and generation is measured, sampled or not. A metric has at most 200 label sets; what comes with another one
is counted under \`otel.metric.overflow\`. Prometheus reads the names with underscores, and counters with \`_total\`.

${table(['Name', 'Instrument', 'Unit', 'Labels', 'Defined by', 'What it is'], metricRows)}

Labels that no span carries:

${table(['Key', 'Type', 'Defined by', 'What it is', 'Example'], labelRows)}

Upper bounds of the histograms' buckets:

${table(['Name', 'Bounds'], boundRows)}

The times of a generation are those of its \`chat\` span, and \`ryzanstein.ttft\` is the root's \`ryzanstein.latency.ttft_ms\`, in seconds.
The memory of GPUs is told where the engine computes on them; how busy they are only their driver knows, which exporters of its
maker read.

## Logs

Records have \`trace_id\`, \`span_id\`, \`trace_flags\` and \`request_id\` where they belong to a request (over OTLP in fields of their
own, and \`request.id\`), and these:

${table(['Key', 'Type', 'On', 'Cardinality', 'Defined by', 'What it is', 'Example'], logRows)}
`;

const wanted = await format(text, { ...(await resolveConfig(target)), parser: 'markdown' });
if (!process.argv.includes('--check')) {
  writeFileSync(target, wanted);
} else if (!existsSync(target) || readFileSync(target, 'utf8') !== wanted) {
  process.stderr.write(`${name} is stale: run npm run docs -w @ryzanstein/tracing\n`);
  process.exitCode = 1;
}
