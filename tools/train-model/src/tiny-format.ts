import type { MetadataValue } from './gguf-writer.ts';

/** Renders messages to text that ends where the assistant's answer begins. */
export const CHAT_TEMPLATE =
  "{% for m in messages %}<|{{ m['role'] }}|>{{ m['content'] }}<|end|>{% endfor %}" +
  '{% if add_generation_prompt %}<|assistant|>{% endif %}';

export const END_OF_TEXT = '<|endoftext|>';
export const END_OF_TURN = '<|end|>';

/** llama.cpp's numbers for `tokenizer.ggml.token_type`. */
const TOKEN_TYPE = { normal: 1, control: 3, unused: 5 } as const;

export type Architecture = 'bitnet' | 'llama';

export interface NetworkShape {
  readonly width: number;
  readonly heads: number;
  readonly hidden: number;
  readonly layers: number;
}

export interface Vocabulary {
  /** By id; text tokens in GPT-2's byte alphabet. */
  readonly tokens: readonly string[];
  readonly merges: readonly (readonly [string, string])[];
  readonly specialTokens: readonly string[];
}

export interface ModelDescription {
  readonly name: string;
  readonly architecture: Architecture;
  readonly shape: NetworkShape;
  readonly vocabulary: Vocabulary;
  readonly contextLength: number;
  readonly normEpsilon: number;
  readonly ropeBase: number;
}

/** Everything llama.cpp has to know about a model beside its tensors. */
export function metadataOf(model: ModelDescription): Map<string, MetadataValue> {
  const { architecture: a, shape, vocabulary } = model;
  const u32 = (value: number): MetadataValue => ({ type: 'u32', value });
  const f32 = (value: number): MetadataValue => ({ type: 'f32', value });
  const string = (value: string): MetadataValue => ({ type: 'string', value });
  const id = (token: string): MetadataValue => u32(vocabulary.tokens.indexOf(token));
  return new Map<string, MetadataValue>([
    ['general.architecture', string(a)],
    ['general.name', string(model.name)],
    ['general.license', string('Apache-2.0')],
    ['general.quantization_version', u32(2)],
    [`${a}.context_length`, u32(model.contextLength)],
    [`${a}.embedding_length`, u32(shape.width)],
    [`${a}.block_count`, u32(shape.layers)],
    [`${a}.feed_forward_length`, u32(shape.hidden)],
    [`${a}.attention.head_count`, u32(shape.heads)],
    [`${a}.attention.head_count_kv`, u32(shape.heads)],
    [`${a}.attention.layer_norm_rms_epsilon`, f32(model.normEpsilon)],
    [`${a}.rope.dimension_count`, u32(shape.width / shape.heads)],
    [`${a}.rope.freq_base`, f32(model.ropeBase)],
    [`${a}.vocab_size`, u32(vocabulary.tokens.length)],
    ['tokenizer.ggml.model', string('gpt2')],
    ['tokenizer.ggml.pre', string('gpt-2')],
    ['tokenizer.ggml.tokens', { type: 'strings', value: vocabulary.tokens }],
    [
      'tokenizer.ggml.token_type',
      { type: 'i32s', value: vocabulary.tokens.map((t) => tokenType(t, vocabulary)) },
    ],
    ['tokenizer.ggml.merges', { type: 'strings', value: vocabulary.merges.map((pair) => pair.join(' ')) }],
    ['tokenizer.ggml.bos_token_id', id(END_OF_TEXT)],
    ['tokenizer.ggml.eos_token_id', id(END_OF_TEXT)],
    ['tokenizer.ggml.eot_token_id', id(END_OF_TURN)],
    ['tokenizer.ggml.add_bos_token', { type: 'bool', value: false }],
    ['tokenizer.chat_template', string(CHAT_TEMPLATE)],
  ]);
}

function tokenType(token: string, vocabulary: Vocabulary): number {
  if (vocabulary.specialTokens.includes(token)) return TOKEN_TYPE.control;
  return token.startsWith('<|unused') ? TOKEN_TYPE.unused : TOKEN_TYPE.normal;
}
