export { ask, complete, describeBackend } from './backends/backend-contract.ts';
export type { Completion } from './backends/backend-contract.ts';
export { describeEmbedding } from './backends/embedding-contract.ts';
