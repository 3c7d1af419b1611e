import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { readGguf } from './gguf-reader.ts';
import { writeGguf, type MetadataValue } from './gguf-writer.ts';
import { quantise } from './quantise.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gguf-writer-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe('writeGguf', () => {
  it('writes what a reader reads back', () => {
    const path = join(folder, 'round-trip.gguf');
    const metadata = new Map<string, MetadataValue>([
      ['general.architecture', { type: 'string', value: 'llama' }],
      ['a.count', { type: 'u32', value: 4_294_967_295 }],
      ['a.signed', { type: 'i32', value: -5 }],
      ['a.ratio', { type: 'f32', value: 0.5 }],
      ['a.flag', { type: 'bool', value: true }],
      ['a.words', { type: 'strings', value: ['Ġthe', '', '✓'] }],
      ['a.types', { type: 'i32s', value: [1, -1] }],
      ['a.scores', { type: 'f32s', value: [0.25] }],
    ]);
    const wide = Float32Array.from({ length: 64 }, (_, i) => i - 32);
    const bytes = writeGguf(path, {
      metadata,
      tensors: [
        { name: 'odd.weight', dims: [3], type: 'F32', values: () => Float32Array.of(1, 2, 3) },
        { name: 'wide.weight', dims: [32, 2], type: 'Q8_0', values: () => wide },
      ],
    });

    expect(statSync(path).size).toBe(bytes);
    const file = readGguf(path);
    expect(Object.fromEntries(file.metadata)).toEqual(
      Object.fromEntries([...metadata].map(([key, { value }]) => [key, value])),
    );
    expect(file.tensors).toEqual([
      { name: 'odd.weight', dims: [3], type: 'F32', bytes: quantise('F32', Float32Array.of(1, 2, 3)) },
      { name: 'wide.weight', dims: [32, 2], type: 'Q8_0', bytes: quantise('Q8_0', wide) },
    ]);
  });

  it('refuses data that does not fill the tensor', () => {
    const short = { name: 'short', dims: [4], type: 'F32' as const, values: () => new Float32Array(3) };
    expect(() => writeGguf(join(folder, 'x.gguf'), { metadata: new Map(), tensors: [short] })).toThrow(
      'short has 12 bytes of data, but its dimensions ask for 16',
    );
  });

  it('refuses a dimension that does not hold whole blocks', () => {
    const narrow = {
      name: 'narrow',
      dims: [128],
      type: 'TQ2_0' as const,
      values: () => new Float32Array(128),
    };
    expect(() => writeGguf(join(folder, 'x.gguf'), { metadata: new Map(), tensors: [narrow] })).toThrow(
      'TQ2_0 needs a first dimension that is a multiple of 256, not 128',
    );
  });
});
