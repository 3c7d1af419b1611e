/** A metadata value with its GGUF type. */
export type GgufField =
  | { readonly type: 'u32'; readonly value: number }
  | { readonly type: 'f32'; readonly value: number }
  | { readonly type: 'text'; readonly value: string }
  | { readonly type: 'texts'; readonly value: readonly string[] };

/** A made GGUF file: what stands in it, each part to be changed by a test. */
export interface GgufParts {
  readonly magic?: string;
  readonly version?: number;
  readonly metadata: Readonly<Record<string, GgufField>>;
  /** Sizes of F32 tensors, by name. */
  readonly tensors: Readonly<Record<string, number>>;
  /** Claimed counts, where they differ from the true ones. */
  readonly claimedKeys?: bigint;
  readonly claimedTensors?: bigint;
}

/** The smallest metadata that the header check accepts. */
export const soundParts: GgufParts = {
  metadata: {
    'general.architecture': { type: 'text', value: 'llama' },
    'general.name': { type: 'text', value: 'made' },
    'llama.context_length': { type: 'u32', value: 128 },
    'llama.embedding_length': { type: 'u32', value: 8 },
    'llama.block_count': { type: 'u32', value: 1 },
    'llama.feed_forward_length': { type: 'u32', value: 16 },
    'llama.attention.head_count': { type: 'u32', value: 2 },
    'llama.attention.layer_norm_rms_epsilon': { type: 'f32', value: 1e-5 },
    'tokenizer.ggml.model': { type: 'text', value: 'gpt2' },
    'tokenizer.ggml.tokens': { type: 'texts', value: ['a', 'b', '<|end|>'] },
    'tokenizer.ggml.merges': { type: 'texts', value: [] },
  },
  tensors: { 'token_embd.weight': 24, 'output_norm.weight': 8 },
};

const typeNumbers = { u32: 4, f32: 6, text: 8, texts: 9 } as const;
const alignment = 32;

/** The bytes of a GGUF file. */
export function ggufBytes(parts: GgufParts): Buffer {
  const keys = Object.entries(parts.metadata);
  const tensors = Object.entries(parts.tensors);
  const head: Buffer[] = [
    Buffer.from(parts.magic ?? 'GGUF'),
    u32(parts.version ?? 3),
    u64(parts.claimedTensors ?? BigInt(tensors.length)),
    u64(parts.claimedKeys ?? BigInt(keys.length)),
  ];
  for (const [key, field] of keys) head.push(text(key), u32(typeNumbers[field.type]), value(field));
  let offset = 0;
  for (const [name, elements] of tensors) {
    head.push(text(name), u32(1), u64(BigInt(elements)), u32(0), u64(BigInt(offset)));
    offset += aligned(elements * 4);
  }
  const header = Buffer.concat(head);
  return Buffer.concat([header, Buffer.alloc(aligned(header.length) - header.length + offset)]);
}

function value(field: GgufField): Buffer {
  switch (field.type) {
    case 'u32':
      return u32(field.value);
    case 'f32': {
      const bytes = Buffer.alloc(4);
      bytes.writeFloatLE(field.value);
      return bytes;
    }
    case 'text':
      return text(field.value);
    case 'texts':
      return Buffer.concat([
        u32(typeNumbers.text),
        u64(BigInt(field.value.length)),
        ...field.value.map(text),
      ]);
  }
}

function u32(number: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(number);
  return bytes;
}

function u64(number: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(number);
  return bytes;
}

function text(content: string): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([u64(BigInt(bytes.length)), bytes]);
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / alignment) * alignment;
}
