import { readFileSync } from 'node:fs';

import { GGML_TYPES, isGgmlType, tensorBytes, type GgmlType } from './ggml-type.ts';
import { GGUF_ALIGNMENT } from './gguf-writer.ts';

export interface StoredTensor {
  readonly name: string;
  readonly dims: readonly number[];
  readonly type: GgmlType;
  readonly bytes: Uint8Array;
}

export type PlainValue = number | bigint | boolean | string | readonly PlainValue[];

export interface GgufFile {
  readonly metadata: ReadonlyMap<string, PlainValue>;
  readonly tensors: readonly StoredTensor[];
}

const TYPE_OF_ID = new Map<number, string>(
  Object.entries(GGML_TYPES).map(([name, storage]) => [storage.id, name]),
);

/** Reads a whole GGUF v3 file that holds only the tensor types of {@link GGML_TYPES}. For small files. */
export function readGguf(path: string): GgufFile {
  const file = readFileSync(path);
  const cursor = new Cursor(file);
  if (cursor.text(4) !== 'GGUF' || cursor.u32() !== 3) throw new Error(`${path} is not a GGUF v3 file`);
  const tensorCount = cursor.u64();
  const entries = cursor.u64();
  const metadata = new Map<string, PlainValue>();
  for (let i = 0; i < entries; i++) metadata.set(cursor.string(), cursor.value(cursor.u32()));
  const infos = Array.from({ length: tensorCount }, () => {
    const name = cursor.string();
    const dims = Array.from({ length: cursor.u32() }, () => cursor.u64());
    const type = TYPE_OF_ID.get(cursor.u32()) ?? 'unknown';
    if (!isGgmlType(type)) throw new Error(`${name} has a tensor type that is not known here`);
    return { name, dims, type, offset: cursor.u64() };
  });
  const start = Math.ceil(cursor.at / GGUF_ALIGNMENT) * GGUF_ALIGNMENT;
  const tensors = infos.map(({ offset, ...info }) => {
    const from = start + offset;
    return { ...info, bytes: new Uint8Array(file.subarray(from, from + tensorBytes(info.type, info.dims))) };
  });
  return { metadata, tensors };
}

class Cursor {
  at = 0;
  readonly #file: Buffer;

  constructor(file: Buffer) {
    this.#file = file;
  }

  text(bytes: number): string {
    this.at += bytes;
    return this.#file.toString('utf8', this.at - bytes, this.at);
  }

  u32(): number {
    this.at += 4;
    return this.#file.readUInt32LE(this.at - 4);
  }

  u64(): number {
    this.at += 8;
    return Number(this.#file.readBigUInt64LE(this.at - 8));
  }

  string(): string {
    return this.text(this.u64());
  }

  value(type: number): PlainValue {
    switch (type) {
      case 4:
        return this.u32();
      case 5:
        return this.u32() | 0;
      case 6:
        this.at += 4;
        return this.#file.readFloatLE(this.at - 4);
      case 7:
        this.at += 1;
        return this.#file.readUInt8(this.at - 1) === 1;
      case 8:
        return this.string();
      case 9: {
        const element = this.u32();
        return Array.from({ length: this.u64() }, () => this.value(element));
      }
      default:
        throw new Error(`metadata type ${type} is not known here`);
    }
  }
}
