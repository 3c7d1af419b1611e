export type { Backend, BackendDevice, BackendLoad, BackendModel } from './backends/backend.ts';
export { openLlamaCppBackend } from './backends/llama-cpp/llama-cpp-backend.ts';
export type { LlamaCppBackend, LlamaCppOptions } from './backends/llama-cpp/llama-cpp-backend.ts';
export type { Generation, GenerationEvent, GenerationRecord, Timings, Usage } from './domain/generation.ts';
export type { ChatMessage, Prompt } from './domain/prompt.ts';
export { createEngine } from './engine.ts';
export type { Engine, EngineAnswer, EngineRequest } from './engine.ts';
export { openOpenAiBackend } from './backends/openai/openai-backend.ts';
export type { OpenAiOptions } from './backends/openai/openai-backend.ts';
