import { metricLabels, metrics as registry } from '@ryzanstein/tracing';
import type { RecordedMetric } from '@ryzanstein/tracing/testing';

/** The scope of the mesh's own metrics; what others emit is theirs to name. */
const ownScope = '@ryzanstein/tracing';

interface Definition {
  readonly instrument: string;
  readonly unit: string;
  readonly labels: readonly string[];
  readonly bounds?: readonly number[];
}

/**
 * Compares metrics of the mesh's own scope with the registry of names. Returns one sentence for each
 * name, unit, bound or label that is not in it, for each label that has as many values as there are
 * requests, and for each label whose value is among `secrets`: ids and texts of requests.
 */
export function checkMetrics(metrics: readonly RecordedMetric[], secrets: readonly string[] = []): string[] {
  return metrics.filter(({ scope }) => scope === ownScope).flatMap((metric) => problemsOf(metric, secrets));
}

function problemsOf(metric: RecordedMetric, secrets: readonly string[]): string[] {
  const { name } = metric;
  const definition = (registry as Readonly<Record<string, Definition>>)[name];
  if (definition === undefined) return [`"${name}" is not a metric of the registry`];
  const problems: string[] = [];
  const kind = metric.kind === 'sum' ? (metric.monotonic ? 'counter' : 'updowncounter') : metric.kind;
  if (kind !== definition.instrument) problems.push(`"${name}" is a ${kind}, not a ${definition.instrument}`);
  if (metric.unit !== definition.unit)
    problems.push(`"${name}" is in ${metric.unit}, not in ${definition.unit}`);
  if (JSON.stringify(metric.bounds) !== JSON.stringify(definition.bounds))
    problems.push(`"${name}" has other bounds than the registry`);
  for (const { labels } of metric.points)
    for (const [key, value] of Object.entries(labels)) {
      if (key === 'otel.metric.overflow') continue;
      const known = (metricLabels as Readonly<Record<string, { readonly cardinality: string }>>)[key];
      if (!definition.labels.includes(key)) problems.push(`"${name}" has no label "${key}" in the registry`);
      if (known === undefined || known.cardinality === 'request')
        problems.push(`"${name}" has the label "${key}", which has a value per request`);
      if (secrets.some((secret) => String(value).includes(secret)))
        problems.push(`"${name}" has ${key} = ${JSON.stringify(value)}, which is of one request`);
    }
  return problems;
}
