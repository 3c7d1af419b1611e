export { unsentSpans } from './journal/unsent-spans.ts';
export type { UnsentSpan } from './journal/unsent-spans.ts';
export { tellRecorded } from './recorded-watch.ts';
export type { Recorded, RecordedLog } from './recorded-watch.ts';
export { recordSpans } from './span-recorder.ts';
export type { RecordedSpan, SpanRecorder } from './span-recorder.ts';
export { tapMetrics } from './metrics/metric-tap.ts';
export type { MetricTap, RecordedMetric, RecordedPoint } from './metrics/metric-tap.ts';
