export { recordSpans } from './span-recorder.ts';
export type { RecordedSpan, SpanRecorder } from './span-recorder.ts';
