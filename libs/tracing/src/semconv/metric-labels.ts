import { attributes } from './attributes.ts';
import type { AttributeDefinition, AttributeType } from './registry.ts';

const metric = 'metrics alone';

/** Labels of metrics that no span carries. */
const labelsOnly = {
  'ryzanstein.token.type': {
    type: 'string',
    source: 'ryzanstein',
    cardinality: 'few',
    on: metric,
    description: 'input or output.',
    example: 'output',
  },
  'hw.id': {
    type: 'string',
    source: 'opentelemetry',
    cardinality: 'deployment',
    on: metric,
    description: 'The device, as its engine names it.',
    example: 'gpu-0',
  },
  'cpu.mode': {
    type: 'string',
    source: 'opentelemetry',
    cardinality: 'few',
    on: metric,
    description: 'user or system.',
    example: 'user',
  },
  'nodejs.eventloop.state': {
    type: 'string',
    source: 'opentelemetry',
    cardinality: 'few',
    on: metric,
    description: 'active or idle.',
    example: 'active',
  },
  'v8js.heap.space.name': {
    type: 'string',
    source: 'opentelemetry',
    cardinality: 'few',
    on: metric,
    description: "Space of V8's heap.",
    example: 'old_space',
  },
  'v8js.gc.type': {
    type: 'string',
    source: 'opentelemetry',
    cardinality: 'few',
    on: metric,
    description: 'major, minor, incremental or weakcb.',
    example: 'minor',
  },
  'otel.component.name': {
    type: 'string',
    source: 'opentelemetry',
    cardinality: 'few',
    on: metric,
    description: 'The part of the telemetry that is spoken of.',
    example: 'batching_span_processor/0',
  },
  'otel.component.type': {
    type: 'string',
    source: 'opentelemetry',
    cardinality: 'few',
    on: metric,
    description: 'Its kind.',
    example: 'batching_span_processor',
  },
  'otel.metric.overflow': {
    type: 'boolean',
    source: 'opentelemetry',
    cardinality: 'few',
    on: metric,
    description: 'Stands alone: what had one label set more than a metric may have.',
    example: 'true',
  },
} as const satisfies Record<string, AttributeDefinition>;

/**
 * Every key that a label of a metric may have.
 *
 * @example
 * console.log(metricLabels['hw.id'].example); // gpu-0
 */
export const metricLabels = { ...attributes, ...labelsOnly } as const;

type Labels = typeof metricLabels;

/** Keys with few values: what differs from request to request is no label. */
export type LabelName = {
  [K in keyof Labels]: Labels[K]['cardinality'] extends 'request' ? never : K;
}[keyof Labels];

interface ValueOf extends Record<AttributeType, unknown> {
  string: string;
  int: number;
  double: number;
  boolean: boolean;
  'string[]': never;
}

/** What a label's value is. */
export type LabelValue<K extends LabelName> = ValueOf[Labels[K]['type']];
