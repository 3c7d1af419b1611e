import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';

import { GGML_TYPES, tensorBytes, type GgmlType } from './ggml-type.ts';
import { quantise } from './quantise.ts';

/** A metadata value with the type that the format stores it in. */
export type MetadataValue =
  | { readonly type: 'u32' | 'i32' | 'f32'; readonly value: number }
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'strings'; readonly value: readonly string[] }
  | { readonly type: 'i32s' | 'f32s'; readonly value: readonly number[] };

export interface Tensor {
  readonly name: string;
  /** In ggml's order: the innermost (contiguous) dimension first. */
  readonly dims: readonly number[];
  readonly type: GgmlType;
  /** Called once, while the tensor is written, so that only one tensor is in memory at a time. */
  readonly values: () => Float32Array;
}

export interface GgufContent {
  readonly metadata: ReadonlyMap<string, MetadataValue>;
  readonly tensors: readonly Tensor[];
}

export const GGUF_ALIGNMENT = 32;

const SCALAR_IDS = { u32: 4, i32: 5, f32: 6, bool: 7, string: 8 } as const;
const ARRAY_ID = 9;
const ELEMENT_OF = { strings: 'string', i32s: 'i32', f32s: 'f32' } as const;

/**
 * Writes a GGUF v3 file and returns its size in bytes. An existing file is replaced.
 *
 * @example
 * writeGguf('tiny.gguf', {
 *   metadata: new Map([['general.architecture', { type: 'string', value: 'llama' }]]),
 *   tensors: [{ name: 'output_norm.weight', dims: [64], type: 'F32', values: () => new Float32Array(64) }],
 * });
 */
export function writeGguf(path: string, content: GgufContent): number {
  const { head, dataOffsets, end } = layOut(content);
  const file = openSync(path, 'w');
  try {
    writeSync(file, head);
    content.tensors.forEach((tensor, index) => {
      const bytes = quantise(tensor.type, tensor.values());
      const expected = tensorBytes(tensor.type, tensor.dims);
      if (bytes.length !== expected) {
        throw new RangeError(
          `${tensor.name} has ${bytes.length} bytes of data, but its dimensions ask for ${expected}`,
        );
      }
      writeSync(file, bytes, 0, bytes.length, dataOffsets[index]);
    });
    ftruncateSync(file, end);
  } finally {
    closeSync(file);
  }
  return end;
}

function layOut(content: GgufContent): { head: Buffer; dataOffsets: number[]; end: number } {
  const parts: Buffer[] = [
    Buffer.from('GGUF'),
    u32(3),
    u64(content.tensors.length),
    u64(content.metadata.size),
  ];
  for (const [key, value] of content.metadata) parts.push(string(key), metadataValue(value));
  const offsets: number[] = [];
  let offset = 0;
  for (const tensor of content.tensors) {
    offsets.push(offset);
    parts.push(string(tensor.name), u32(tensor.dims.length), ...tensor.dims.map(u64));
    parts.push(u32(GGML_TYPES[tensor.type].id), u64(offset));
    offset = aligned(offset + tensorBytes(tensor.type, tensor.dims));
  }
  const head = Buffer.concat(parts);
  const dataStart = aligned(head.length);
  return { head, dataOffsets: offsets.map((at) => dataStart + at), end: dataStart + offset };
}

function aligned(offset: number): number {
  return Math.ceil(offset / GGUF_ALIGNMENT) * GGUF_ALIGNMENT;
}

function metadataValue(entry: MetadataValue): Buffer {
  switch (entry.type) {
    case 'strings':
    case 'i32s':
    case 'f32s': {
      const element = ELEMENT_OF[entry.type];
      const items = entry.value.map((item) => scalar(element, item));
      return Buffer.concat([u32(ARRAY_ID), u32(SCALAR_IDS[element]), u64(items.length), ...items]);
    }
    default:
      return Buffer.concat([u32(SCALAR_IDS[entry.type]), scalar(entry.type, entry.value)]);
  }
}

function scalar(type: keyof typeof SCALAR_IDS, value: number | boolean | string): Buffer {
  if (type === 'string') return string(String(value));
  if (type === 'bool') return Buffer.from([value ? 1 : 0]);
  const bytes = Buffer.alloc(4);
  if (type === 'u32') bytes.writeUInt32LE(Number(value));
  else if (type === 'i32') bytes.writeInt32LE(Number(value));
  else bytes.writeFloatLE(Number(value));
  return bytes;
}

function u32(value: number): Buffer {
  return scalar('u32', value);
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function string(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  return Buffer.concat([u64(bytes.length), bytes]);
}
