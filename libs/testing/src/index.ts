export { recordSpans, tapMetrics } from '@ryzanstein/tracing/testing';
export type {
  MetricTap,
  RecordedMetric,
  RecordedPoint,
  RecordedSpan,
  SpanRecorder,
} from '@ryzanstein/tracing/testing';
export { secret } from './content-guard.ts';
export { checkConventions, checkLogs } from './conventions.ts';
export type { CheckedLog } from './log-conventions.ts';
export { FakeClock } from './fake-clock.ts';
export { decodeTraceRequest } from './otlp-messages.ts';
export { startOtlpCollector } from './otlp-collector.ts';
export type {
  CollectedLog,
  CollectorMood,
  CollectorMoods,
  CollectorOptions,
  CollectorReply,
  OtlpCollector,
} from './otlp-collector.ts';
export { startBrokenCollector } from './broken-collector.ts';
export type { BrokenCollector, Breakage } from './broken-collector.ts';
export { testCertificates } from './test-certificates.ts';
export type { KeyAndCertificate, TestCertificates } from './test-certificates.ts';
export { checkMetrics } from './metric-conventions.ts';
export type { CollectedMetric } from './otlp-metrics.ts';
export { startTcpProxy } from './tcp-proxy.ts';
export type { Direction, TcpProxy } from './tcp-proxy.ts';
export { expectTree } from './span-tree.ts';
export type { SpanTree } from './span-tree.ts';
export { startTestTelemetry, startTracedPair, unexported } from './traced-pair.ts';
export type { TracedPair, TracedPairOptions } from './traced-pair.ts';
