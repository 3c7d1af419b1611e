export { tellRecorded } from './recorded-watch.ts';
export type { Recorded, RecordedLog } from './recorded-watch.ts';
export { recordSpans } from './span-recorder.ts';
export type { RecordedSpan, SpanRecorder } from './span-recorder.ts';
