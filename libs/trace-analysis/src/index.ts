export { durationText, durationTextMs, millisecondsBetween } from './duration-text.ts';
export { nanoseconds, readAttributes, readOtlpTraces } from './otlp-json.ts';
export { explain } from './explain/explain.ts';
export type {
  CauseName,
  Explanation,
  OtherRequest,
  Part,
  PartName,
  TypicalRequest,
  TypicalTimes,
} from './explain/explanation.ts';
export { typicalOf } from './explain/typical.ts';
export { listAttribute, numberAttribute, textAttribute, valueText } from './span.ts';
export type { AttributeValue, Attributes, Span, SpanEvent, SpanKind, SpanLink } from './span.ts';
export { buildTrace, flatten, isWhole } from './trace-tree.ts';
export type { Trace, TraceNode } from './trace-tree.ts';
export { checkTrace, verify } from './verify/verify.ts';
export type { Verification } from './verify/verify.ts';
export type { RuleName, VerifyExtra, Violation } from './verify/violation.ts';
