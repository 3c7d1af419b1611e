import type { Fields } from './answer-piece.ts';

/** How a kind of server departs from OpenAI's API. */
export interface Dialect {
  /** As `gen_ai.provider.name` has it. */
  readonly provider: string;
  /** Knows `top_k`, and has a default of its own for it. */
  readonly topK: boolean;
  /** Knows `ignore_eos`. */
  readonly ignoreEos: boolean;
  /** Where it wants a JSON schema: OpenAI's place, or beside `json_object`. */
  readonly schemaIn: 'json_schema' | 'json_object';
  /** How it counts tokens. */
  readonly tokenizer: 'vllm' | 'llama-server' | 'llama-cpp-python' | undefined;
}

/** A server that says nothing of itself. */
export const plain: Dialect = {
  provider: 'openai',
  topK: false,
  ignoreEos: false,
  schemaIn: 'json_schema',
  tokenizer: undefined,
};

const byOwner: Readonly<Record<string, Dialect>> = {
  vllm: { ...plain, provider: 'vllm', topK: true, ignoreEos: true, tokenizer: 'vllm' },
  sglang: { ...plain, provider: 'sglang', topK: true, ignoreEos: true },
  llamacpp: { ...plain, provider: 'llama_cpp', topK: true, ignoreEos: true, tokenizer: 'llama-server' },
  // llama-cpp-python, of every model.
  me: {
    ...plain,
    provider: 'llama_cpp',
    topK: true,
    schemaIn: 'json_object',
    tokenizer: 'llama-cpp-python',
  },
  ryzanstein: { ...plain, provider: 'ryzanstein', topK: true },
};

/** By who a model belongs to: servers write their own name there. */
export function dialectOf(model: Fields): Dialect {
  const owner = model['owned_by'];
  return (typeof owner === 'string' && Object.hasOwn(byOwner, owner) ? byOwner[owner] : undefined) ?? plain;
}
