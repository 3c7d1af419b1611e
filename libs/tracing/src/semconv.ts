export { attributes, deprecatedAttributes } from './semconv/attributes.ts';
export type { SpanAttributes } from './semconv/attributes.ts';
export { logAttributes } from './semconv/log-attributes.ts';
export { metricLabels } from './semconv/metric-labels.ts';
export { metrics } from './semconv/metrics.ts';
export type { MetricLabels, MetricName } from './semconv/metrics.ts';
export type {
  AttributeDefinition,
  AttributeType,
  Cardinality,
  EventDefinition,
  LogAttributeDefinition,
  MetricDefinition,
  Requiring,
  Source,
  SpanDefinition,
} from './semconv/registry.ts';
export { resourceAttributes } from './semconv/resource.ts';
export { events, spans } from './semconv/spans.ts';
