import { closeSync, openSync, fstatSync } from 'node:fs';
import { BoundedReader, OutOfBounds } from './bounded-reader.ts';
import { ggmlTypes } from './ggml-types.ts';

/** A metadata value. Long lists are kept only where the engine reads them. */
export type GgufValue = string | number | bigint | boolean | GgufList;

/** A list of a GGUF header; `items` is absent where only the length matters here. */
export interface GgufList {
  readonly length: number;
  readonly items?: readonly (string | number | bigint | boolean)[];
}

/** One row of the tensor table. */
export interface GgufTensor {
  readonly name: string;
  readonly elements: number;
  readonly type: number;
  /** From the beginning of the file, in bytes; absent where the type's size is not known. */
  readonly endsAt?: number;
}

/** What stands before the weights. */
export interface GgufHeader {
  readonly version: number;
  readonly fileBytes: number;
  readonly metadata: ReadonlyMap<string, GgufValue>;
  readonly tensors: readonly GgufTensor[];
}

/** The header, or why the file is not one that can be read: each problem ends "The model file X …". */
export type GgufReading =
  | { readonly kind: 'read'; readonly header: GgufHeader }
  | { readonly kind: 'unreadable'; readonly problem: string };

const keptLists = new Set(['tokenizer.ggml.tokens', 'tokenizer.ggml.token_type']);
// Far above any real model; a file beyond them is damaged or made to harm.
const maxKeys = 65_536;
const maxTensors = 1_048_576;
const maxDimensions = 8;

/**
 * Reads a GGUF header without the native loader, which aborts the process on some damaged files.
 * Reads at most the header, in bounded portions.
 */
export function readGgufHeader(path: string): GgufReading {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    return unreadable(whyNotOpened(error));
  }
  try {
    const stat = fstatSync(fd);
    if (stat.isDirectory()) return unreadable('is a directory; name the .gguf file in it');
    if (!stat.isFile()) return unreadable('is no regular file; name a .gguf file');
    return readOpened(new BoundedReader(fd, stat.size), stat.size);
  } catch (error) {
    if (error instanceof OutOfBounds)
      return unreadable(
        `is damaged: ${error.message}; compare its size with the original and fetch it again`,
      );
    return unreadable(`cannot be read: ${message(error)}`);
  } finally {
    closeSync(fd);
  }
}

function unreadable(problem: string): GgufReading {
  return { kind: 'unreadable', problem };
}

function whyNotOpened(error: unknown): string {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  if (code === 'ENOENT') return 'does not exist';
  if (code === 'EACCES') return 'may not be read by this process; check its permissions';
  return `cannot be opened: ${message(error)}`;
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function readOpened(reader: BoundedReader, fileBytes: number): GgufReading {
  if (fileBytes < 24) return unreadable(`is no GGUF file: it has only ${fileBytes} bytes`);
  const magic = reader.u32();
  if (magic !== 0x46554747) return unreadable('is no GGUF file: it does not begin with "GGUF"');
  const version = reader.u32();
  if (version > 0xffff) return unreadable('is a big-endian GGUF file; convert it to little-endian');
  if (version < 2 || version > 3)
    return unreadable(`has GGUF version ${version}; versions 2 and 3 can be read`);
  const tensorCount = limited(reader.count(24, 'tensors'), maxTensors, 'tensors');
  const keyCount = limited(reader.count(13, 'metadata keys'), maxKeys, 'metadata keys');

  const metadata = new Map<string, GgufValue>();
  for (let index = 0; index < keyCount; index++) {
    const key = reader.text();
    metadata.set(key, readValue(reader, reader.u32(), keptLists.has(key)));
  }
  const rows = Array.from({ length: tensorCount }, () => readTensor(reader));
  const alignment = Number(metadata.get('general.alignment')) || 32;
  const dataAt = Math.ceil(reader.position / alignment) * alignment;
  const tensors = rows.map(({ offset, bytes, ...tensor }) =>
    bytes === undefined ? tensor : { ...tensor, endsAt: dataAt + offset + bytes },
  );
  return { kind: 'read', header: { version, fileBytes, metadata, tensors } };
}

function limited(count: number, max: number, what: string): number {
  if (count > max) throw new OutOfBounds(`it claims ${count} ${what}; at most ${max} are believable`);
  return count;
}

function readTensor(reader: BoundedReader): Omit<GgufTensor, 'endsAt'> & { offset: number; bytes?: number } {
  const name = reader.text();
  const dimensions = reader.u32();
  if (dimensions > maxDimensions)
    throw new OutOfBounds(`tensor ${JSON.stringify(name.slice(0, 80))} claims ${dimensions} dimensions`);
  let elements = 1;
  for (let index = 0; index < dimensions; index++) elements *= Number(reader.u64());
  const type = reader.u32();
  const offset = Number(reader.u64());
  const known = ggmlTypes.get(type);
  if (known === undefined) return { name, elements, type, offset };
  return { name, elements, type, offset, bytes: (elements / known.block) * known.bytes };
}

const listType = 9;
// Bytes of the value types of fixed size, by their number; 8 is text and 9 a list.
const fixedBytes: readonly (number | undefined)[] = [1, 1, 2, 2, 4, 4, 4, 1, undefined, undefined, 8, 8, 8];

function readValue(reader: BoundedReader, type: number, keep: boolean): GgufValue {
  if (type !== listType) return readScalar(reader, type);
  const itemType = reader.u32();
  const itemBytes = fixedBytes[itemType];
  if (itemType === listType || (itemBytes === undefined && itemType !== 8))
    throw new OutOfBounds(`a metadata list has items of unknown type ${itemType}`);
  const length = reader.count(itemBytes ?? 8, 'items of a list');
  if (keep) {
    return { length, items: Array.from({ length }, () => readScalar(reader, itemType)) };
  }
  if (itemBytes !== undefined) reader.skip(length * itemBytes);
  else for (let index = 0; index < length; index++) reader.skip(reader.count(1, 'bytes of text'));
  return { length };
}

function readScalar(reader: BoundedReader, type: number): string | number | bigint | boolean {
  switch (type) {
    case 4:
      return reader.u32();
    case 5:
      return reader.i32();
    case 6:
      return reader.f32();
    case 7:
      return reader.u8() !== 0;
    case 8:
      return reader.text();
    case 10:
    case 11:
      return reader.u64();
    case 12:
      return reader.f64();
    case 0:
    case 1:
      return reader.u8();
    case 2:
    case 3:
      return reader.u8() + reader.u8() * 256;
    default:
      throw new OutOfBounds(`a metadata value has unknown type ${type}`);
  }
}
