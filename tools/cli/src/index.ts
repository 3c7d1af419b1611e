export { ChatFailure, connectLlm, sendChat } from './chat/chat-call.ts';
export type { CallIds, ChatCall, ChatReply, LlmClient } from './chat/chat-call.ts';
export { failureSentence } from './chat/failure-sentence.ts';
export { awaitTrace } from './trace/await-trace.ts';
export type { AwaitTraceOptions } from './trace/await-trace.ts';
export { openTraceStore, TraceStoreError } from './trace/trace-store.ts';
export type { TraceStore } from './trace/trace-store.ts';
export { renderWaterfall } from './trace/waterfall.ts';
export type { WaterfallOptions } from './trace/waterfall.ts';
