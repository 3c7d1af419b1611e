import { readFileSync, writeFileSync } from 'node:fs';

import { isGgmlType } from './ggml-type.ts';
import { quantise } from './quantise.ts';

/** Quantises a file of single-precision numbers; the Python gate compares the result with gguf-py's. */
const [type = '', from, to] = process.argv.slice(2);
if (!isGgmlType(type) || from === undefined || to === undefined) {
  throw new Error('usage: quantise-main.ts <type> <values.f32> <out.bin>');
}
const raw = readFileSync(from);
writeFileSync(
  to,
  quantise(type, new Float32Array(raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.byteLength))),
);
