export { hueOf, serviceStyle } from './colours.ts';
export { ago, counted, duration, moment, shortName, ticks } from './format.ts';
export { plainText, plainValue } from './otlp-value.ts';
export type { AnyValue, KeyValue } from './otlp-value.ts';
export type {
  LinkTarget,
  OtlpLog,
  OtlpSpan,
  ReverseLink,
  SpanEvent,
  SpanLink,
  TraceAnswer,
} from './trace-answer.ts';
export { attribute, buildTrace, timeSpent, visibleRows } from './trace-model.ts';
export type { LogLine, Phase, Row, SpanNode, TraceModel, Tree } from './trace-model.ts';
