export { otlpJson } from './test-otlp.ts';
export { atMs, chatSpans, testSpan } from './test-spans.ts';
