export { recordSpans, tapMetrics } from '@ryzanstein/tracing/testing';
export type {
  MetricTap,
  RecordedMetric,
  RecordedPoint,
  RecordedSpan,
  SpanRecorder,
} from '@ryzanstein/tracing/testing';
export { checkConventions } from './conventions.ts';
export { FakeClock } from './fake-clock.ts';
export { startOtlpCollector } from './otlp-collector.ts';
export type { CollectedLog, CollectorMood, OtlpCollector } from './otlp-collector.ts';
export { checkMetrics } from './metric-conventions.ts';
export type { CollectedMetric } from './otlp-metrics.ts';
export { expectTree } from './span-tree.ts';
export type { SpanTree } from './span-tree.ts';
export { startTestTelemetry, startTracedPair, unexported } from './traced-pair.ts';
export type { TracedPair, TracedPairOptions } from './traced-pair.ts';
