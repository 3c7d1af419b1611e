export { otlpJson } from './test-otlp.ts';
export { requestSpans } from './test-requests.ts';
export type { TestRequest } from './test-requests.ts';
export { atMs, chatSpans, testSpan } from './test-spans.ts';
