import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { readGguf } from './gguf-reader.ts';
import { randomModel } from './random-model.ts';
import { randomVocabulary, SAMPLED_TOKENS } from './random-vocabulary.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'random-model-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

const SMALL = { parameters: 500_000, type: 'TQ2_0' } as const;

describe('randomModel', () => {
  it.each([
    [1_000_000, 'TQ2_0'],
    [3_000_000, 'Q8_0'],
    [10_000_000, 'TQ2_0'],
  ] as const)('comes within a fifth of %i parameters', (parameters, type) => {
    const made = randomModel({ path: join(folder, 'm.gguf'), parameters, type });
    expect(Math.abs(made.parameters / parameters - 1)).toBeLessThan(0.2);
  });

  it('gives the same bytes for the same seed, and others for another', () => {
    const bytes = (seed: number): Buffer => {
      const path = join(folder, `${seed}.gguf`);
      randomModel({ ...SMALL, path, seed });
      return readFileSync(path);
    };
    expect(bytes(1).equals(bytes(1))).toBe(true);
    expect(bytes(1).equals(bytes(2))).toBe(false);
  });

  it('has the tensors of its architecture', () => {
    const names = (arch: 'bitnet' | 'llama'): string[] => {
      const path = join(folder, `${arch}.gguf`);
      randomModel({ ...SMALL, path, arch });
      return readGguf(path).tensors.map((tensor) => tensor.name);
    };
    expect(names('bitnet')).toEqual(
      expect.arrayContaining(['blk.0.attn_sub_norm.weight', 'blk.0.ffn_sub_norm.weight']),
    );
    expect(names('llama').some((name) => name.includes('sub_norm'))).toBe(false);
  });

  it('leaves out the keys and tensors that it is told to', () => {
    const path = join(folder, 'corrupt.gguf');
    randomModel({
      ...SMALL,
      path,
      dropKeys: ['block_count', 'tokenizer.ggml.model'],
      dropTensors: ['blk.0.ffn_up.weight'],
    });
    const { metadata, tensors } = readGguf(path);
    expect(metadata.has('bitnet.block_count')).toBe(false);
    expect(metadata.has('tokenizer.ggml.model')).toBe(false);
    expect(metadata.has('bitnet.context_length')).toBe(true);
    expect(tensors.map((tensor) => tensor.name)).not.toContain('blk.0.ffn_up.weight');
  });

  it('refuses to leave out what is not there', () => {
    const path = join(folder, 'm.gguf');
    expect(() => randomModel({ ...SMALL, path, dropKeys: ['blok_count'] })).toThrow(
      'no metadata key blok_count',
    );
    expect(() => randomModel({ ...SMALL, path, dropTensors: ['blk.9.x'] })).toThrow('no tensor blk.9.x');
  });

  it('scores every token that is not printable text as zero, so that it is never the likeliest', () => {
    const path = join(folder, 'm.gguf');
    randomModel({ ...SMALL, path, type: 'F32' });
    const embedding = readGguf(path).tensors.find((tensor) => tensor.name === 'token_embd.weight');
    const rows = new Float32Array(embedding?.bytes.buffer ?? new ArrayBuffer(0));
    const width = embedding?.dims[0] ?? 0;
    const isZero = (id: number): boolean =>
      rows.subarray(id * width, (id + 1) * width).every((value) => value === 0);
    const { tokens } = randomVocabulary();
    expect(isZero(tokens.indexOf('<|endoftext|>'))).toBe(true);
    expect(tokens.every((_, id) => isZero(id) !== SAMPLED_TOKENS.has(id))).toBe(true);
  });
});
