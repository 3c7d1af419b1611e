export type { ServerCallHook, ServerCallInfo } from './grpc/call-hooks.ts';
export type { TelemetryLogger } from './diagnostics.ts';
export type {
  CountsByError,
  ExportCounts,
  ExportedThing,
  OperationDurations,
} from './export/export-counts.ts';
export type { Env } from './settings/environment.ts';
export type { LogRecord } from './logs/log-export.ts';
export type { BoundCounter, BoundHistogram, BoundUpDownCounter } from './metrics/series.ts';
export type { MetricRecorder, Observe } from './metrics/recorder.ts';
export { idleRecorder } from './metrics/recorder.ts';
export type { MetricReaderSource } from './metrics/start-metrics.ts';
export { NotPatchedError } from './grpc/grpc-patch.ts';
export {
  attributes,
  deprecatedAttributes,
  events,
  logAttributes,
  metricLabels,
  metrics,
  resourceAttributes,
  spans,
} from './semconv.ts';
export type { AttributeDefinition, MetricLabels, MetricName, SpanAttributes } from './semconv.ts';
export type { LogFields } from './logs/log-fields.ts';
export { startTelemetry, Tracer } from './telemetry.ts';
export type { Telemetry, TelemetryOptions, TracerOptions } from './telemetry.ts';
export { TraceContext, untraced } from './trace-context.ts';
export type { Headers } from './trace-context.ts';
export { ActiveSpan, currentSpan } from './tracer.ts';
export type {
  ChildRecord,
  DecoratedSpan,
  OpenSpan,
  RecordedEvent,
  SpanEnding,
  SpanKindName,
  SpanLink,
  SpanRecord,
  SpanStart,
  StartOptions,
} from './tracer.ts';
