import { basename } from 'node:path';
import { ConfigError } from '@ryzanstein/runtime';
import { ggmlTypes } from './ggml-types.ts';
import { readGgufHeader, type GgufHeader, type GgufList, type GgufValue } from './gguf-header.ts';

/** A model file that was checked: what the engine needs to know of it before it is loaded. */
export interface ModelFile {
  readonly path: string;
  /** `general.name`, else the file's name without its ending. */
  readonly name: string;
  readonly architecture: string;
  /** Tensor type with the most bytes, such as "TQ2_0". */
  readonly quantization: string;
  readonly parameters: number;
  /** Tokens of context it was trained for. */
  readonly contextLength: number;
  readonly fileBytes: number;
  /** `tokenizer.ggml.model`: "gpt2", "llama", … */
  readonly tokenizer: string;
  /** Texts of the tokens, in the tokenizer's own spelling. */
  readonly tokens: readonly string[];
  /** 1 normal, 2 unknown, 3 control, 4 user-defined, 5 unused, 6 byte; empty where the file has none. */
  readonly tokenTypes: readonly number[];
  /** Jinja source of the chat template. */
  readonly chatTemplate?: string;
}

// Architectures without attention have neither heads nor, some of them, a feed-forward part.
const withoutAttention = /^(mamba2?|rwkv\w*|arwkv7)$/;

/**
 * Reads and checks a GGUF file before the native loader sees it, because that aborts the whole
 * process on some of these faults.
 *
 * @throws ConfigError with a sentence for each problem: the file, the key, and the mend.
 */
export function readModelFile(path: string): ModelFile {
  const reading = readGgufHeader(path);
  if (reading.kind === 'unreadable')
    throw new ConfigError([
      `The model file ${path} ${reading.problem}. RYZ_MODEL_PATH names the model file.`,
    ]);
  const { header } = reading;
  const problems = [...metadataProblems(header.metadata), ...tensorProblems(header)];
  if (problems.length > 0)
    throw new ConfigError(problems.map((problem) => `The model file ${path} ${problem}.`));
  return describe(path, header);
}

function metadataProblems(metadata: ReadonlyMap<string, GgufValue>): string[] {
  const problems: string[] = [];
  const architecture = metadata.get('general.architecture');
  if (typeof architecture !== 'string' || architecture === '')
    return ['lacks the key general.architecture; convert the model again with a current converter'];

  const missing = (key: string): void => {
    problems.push(`lacks the key ${key}; convert the model again with a current converter`);
  };
  const positive = (suffix: string): void => {
    const key = `${architecture}.${suffix}`;
    const value = metadata.get(key);
    if (value === undefined) missing(key);
    else if (isList(value) ? value.length === 0 : !(Number(value) > 0))
      problems.push(
        `has ${key} = ${isList(value) ? '[]' : String(value)}; it must be above 0, so convert it again`,
      );
  };
  positive('context_length');
  positive('embedding_length');
  positive('block_count');
  if (!withoutAttention.test(architecture)) {
    positive('feed_forward_length');
    positive('attention.head_count');
  }
  const epsilon = `${architecture}.attention.layer_norm_rms_epsilon`;
  if (!metadata.has(epsilon) && !metadata.has(`${architecture}.attention.layer_norm_epsilon`))
    missing(epsilon);

  const tokenizer = metadata.get('tokenizer.ggml.model');
  if (typeof tokenizer !== 'string') missing('tokenizer.ggml.model');
  const tokens = metadata.get('tokenizer.ggml.tokens');
  if (!isList(tokens)) missing('tokenizer.ggml.tokens');
  else if (tokens.length === 0 || typeof tokens.items?.[0] !== 'string')
    problems.push('has no texts in tokenizer.ggml.tokens; convert the model again');
  if (tokenizer === 'gpt2' && !isList(metadata.get('tokenizer.ggml.merges')))
    missing('tokenizer.ggml.merges');
  return problems;
}

function tensorProblems({ tensors, fileBytes }: GgufHeader): string[] {
  if (tensors.length === 0) return ['has no tensors; it is a vocabulary without a model'];
  const outside = tensors.find((tensor) => tensor.endsAt !== undefined && !(tensor.endsAt <= fileBytes));
  if (outside === undefined) return [];
  return [
    `is cut short: tensor ${outside.name} ends at byte ${outside.endsAt}, the file at ${fileBytes}; fetch it again`,
  ];
}

function describe(path: string, { metadata, tensors, fileBytes }: GgufHeader): ModelFile {
  const text = (key: string): string => {
    const value = metadata.get(key);
    return typeof value === 'string' ? value : '';
  };
  const architecture = text('general.architecture');
  const tokens = metadata.get('tokenizer.ggml.tokens');
  const types = metadata.get('tokenizer.ggml.token_type');
  const template = metadata.get('tokenizer.chat_template');
  return {
    path,
    name: text('general.name').trim() || basename(path).replace(/\.gguf$/i, ''),
    architecture,
    quantization: dominantType(tensors),
    parameters: tensors.reduce((sum, tensor) => sum + tensor.elements, 0),
    contextLength: Number(metadata.get(`${architecture}.context_length`)),
    fileBytes,
    tokenizer: text('tokenizer.ggml.model'),
    tokens: isList(tokens) ? (tokens.items ?? []).map(String) : [],
    tokenTypes: isList(types) ? (types.items ?? []).map(Number) : [],
    ...(typeof template === 'string' && template.trim() !== '' ? { chatTemplate: template } : {}),
  };
}

function dominantType(tensors: GgufHeader['tensors']): string {
  const bytesByType = new Map<number, number>();
  for (const { type, elements } of tensors) {
    const known = ggmlTypes.get(type);
    const bytes = known === undefined ? elements : (elements / known.block) * known.bytes;
    bytesByType.set(type, (bytesByType.get(type) ?? 0) + bytes);
  }
  const [type] = [...bytesByType].sort((a, b) => b[1] - a[1])[0] ?? [-1];
  return ggmlTypes.get(type)?.name ?? `type ${type}`;
}

function isList(value: GgufValue | undefined): value is GgufList {
  return typeof value === 'object';
}
