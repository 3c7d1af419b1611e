import type { RegisteredMetric } from './metric-definition.ts';

const component = ['otel.component.name', 'otel.component.type'] as const;
const exporter = [...component, 'server.address', 'server.port'] as const;

const level = (unit: string, description: string) =>
  ({
    instrument: 'updowncounter',
    unit,
    source: 'opentelemetry',
    integer: true,
    labels: component,
    description,
  }) as const satisfies RegisteredMetric;

const processed = (unit: string) =>
  ({
    instrument: 'counter',
    unit,
    source: 'opentelemetry',
    integer: true,
    labels: [...component, 'error.type'],
    description: 'Left the queue for the exporter, or, with `error.type`, never did.',
  }) as const satisfies RegisteredMetric;

const inflight = (unit: string) =>
  ({
    instrument: 'updowncounter',
    unit,
    source: 'opentelemetry',
    integer: true,
    labels: exporter,
    description: 'Handed to the exporter, whose export has not ended.',
  }) as const satisfies RegisteredMetric;

const exported = (unit: string) =>
  ({
    instrument: 'counter',
    unit,
    source: 'opentelemetry',
    integer: true,
    labels: [...exporter, 'error.type'],
    description: 'Export ended: taken, or, with `error.type`, lost.',
  }) as const satisfies RegisteredMetric;

/** Of the telemetry itself. */
export const sdkMetrics = {
  'otel.sdk.processor.span.processed': processed('{span}'),
  'otel.sdk.processor.span.queue.size': level('{span}', 'Spans that wait to be sent.'),
  'otel.sdk.processor.span.queue.capacity': level('{span}', 'Spans that may wait at most.'),
  'otel.sdk.exporter.span.inflight': inflight('{span}'),
  'otel.sdk.exporter.span.exported': exported('{span}'),
  'otel.sdk.processor.log.processed': processed('{log_record}'),
  'otel.sdk.processor.log.queue.size': level('{log_record}', 'Log records that wait to be sent.'),
  'otel.sdk.processor.log.queue.capacity': level('{log_record}', 'Log records that may wait at most.'),
  'otel.sdk.exporter.log.inflight': inflight('{log_record}'),
  'otel.sdk.exporter.log.exported': exported('{log_record}'),
  'otel.sdk.exporter.metric_data_point.inflight': inflight('{data_point}'),
  'otel.sdk.exporter.metric_data_point.exported': exported('{data_point}'),
  'otel.sdk.exporter.operation.duration': {
    instrument: 'histogram',
    unit: 's',
    source: 'opentelemetry',
    labels: [...exporter, 'error.type'],
    bounds: [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
    description: 'Attempts to export one batch.',
  },
} as const satisfies Record<string, RegisteredMetric>;
