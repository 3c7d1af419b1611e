import { refuse } from '../rpc-errors.ts';
import { BodyReader, kindOf } from './body-reader.ts';

/** A request for embeddings as it came in a body. */
export interface EmbeddingBody {
  readonly model: string;
  readonly input: readonly string[];
  readonly format: 'float' | 'base64';
}

/** @throws RpcError INVALID_ARGUMENT naming every field at fault. */
export function readEmbeddingBody(body: unknown): EmbeddingBody {
  const reader = new BodyReader(body);
  const input = inputOf(reader);
  const format = reader.text('encoding_format') ?? 'float';
  if (format !== 'float' && format !== 'base64')
    reader.refuse('encoding_format', 'is not known; give "float" or "base64"');
  reader.notOffered({ dimensions: [] });
  const model = reader.text('model') ?? '';
  reader.without('user');
  reader.finish();
  refuse(reader.violations);
  return { model, input, format: format === 'base64' ? 'base64' : 'float' };
}

function inputOf(reader: BodyReader): string[] {
  const value = reader.value('input');
  if (typeof value === 'string') return [value];
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value;
  if (value === undefined) reader.refuse('input', 'is absent; give a text or a list of texts');
  else if (Array.isArray(value))
    reader.refuse('input', 'holds what is no text; lists of tokens are not offered');
  else reader.refuse('input', `is ${kindOf(value)}; give a text or a list of texts`);
  return [];
}

/** A vector as its caller wants it: numbers, or the base64 of little-endian 32-bit floats. */
export function vectorAs(format: EmbeddingBody['format'], vector: ArrayLike<number>): number[] | string {
  if (format === 'float') return Array.from(vector);
  const bytes = Buffer.allocUnsafe(4 * vector.length);
  for (let index = 0; index < vector.length; index++) bytes.writeFloatLE(vector[index] ?? 0, 4 * index);
  return bytes.toString('base64');
}
