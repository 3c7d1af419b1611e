import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError } from '@ryzanstein/runtime';
import fc from 'fast-check';
import { ggufBytes, soundParts, type GgufField, type GgufParts } from '../../testing/gguf-file.ts';
import { readModelFile } from './model-file.ts';

let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'gguf-'))));
afterAll(() => rmSync(folder, { recursive: true }));

function problemsOf(bytes: Buffer | GgufParts): readonly string[] {
  const path = join(folder, 'model.gguf');
  writeFileSync(path, Buffer.isBuffer(bytes) ? bytes : ggufBytes(bytes));
  return problemsAt(path).map((problem) => problem.replace(path, 'X'));
}

function problemsAt(path: string): readonly string[] {
  try {
    readModelFile(path);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

function without(key: string): GgufParts {
  const { [key]: _, ...metadata } = soundParts.metadata;
  return { ...soundParts, metadata };
}

function having(key: string, field: GgufField): GgufParts {
  return { ...soundParts, metadata: { ...soundParts.metadata, [key]: field } };
}

describe('readModelFile', () => {
  it('describes a sound file', () => {
    const path = join(folder, 'some-model.gguf');
    writeFileSync(path, ggufBytes(without('general.name')));
    expect(readModelFile(path)).toMatchObject({
      name: 'some-model',
      architecture: 'llama',
      quantization: 'F32',
      parameters: 32,
      contextLength: 128,
      tokenizer: 'gpt2',
      tokens: ['a', 'b', '<|end|>'],
      tokenTypes: [],
    });
  });

  it.each([
    'llama.context_length',
    'llama.embedding_length',
    'llama.block_count',
    'llama.feed_forward_length',
    'llama.attention.head_count',
    'llama.attention.layer_norm_rms_epsilon',
    'tokenizer.ggml.model',
    'tokenizer.ggml.tokens',
    'tokenizer.ggml.merges',
    'general.architecture',
  ])('names the missing key %s', (key) => {
    expect(problemsOf(without(key))).toEqual([
      `The model file X lacks the key ${key}; convert the model again with a current converter.`,
    ]);
  });

  it('lists all problems, not only the first', () => {
    const { metadata } = without('llama.feed_forward_length');
    const parts = {
      ...soundParts,
      metadata: { ...metadata, 'llama.block_count': { type: 'u32', value: 0 } },
    } as const;
    expect(problemsOf(parts)).toEqual([
      'The model file X has llama.block_count = 0; it must be above 0, so convert it again.',
      'The model file X lacks the key llama.feed_forward_length; convert the model again with a current converter.',
    ]);
  });

  it.each<[string, Buffer | GgufParts, string]>([
    ['text', Buffer.from('this is no model, only a text'), 'is no GGUF file: it does not begin with "GGUF"'],
    ['nothing', Buffer.alloc(0), 'is no GGUF file: it has only 0 bytes'],
    ['an old version', { ...soundParts, version: 1 }, 'has GGUF version 1; versions 2 and 3 can be read'],
    ['another byte order', { ...soundParts, version: 0x03000000 }, 'is a big-endian GGUF file'],
    [
      'an absurd key count',
      { ...soundParts, claimedKeys: 2n ** 62n },
      'claims 4611686018427387904 metadata keys',
    ],
    ['an absurd tensor count', { ...soundParts, claimedTensors: 2n ** 40n }, 'claims 1099511627776 tensors'],
    ['no tensors', { ...soundParts, tensors: {} }, 'has no tensors'],
    [
      'no tokens',
      having('tokenizer.ggml.tokens', { type: 'texts', value: [] }),
      'has no texts in tokenizer.ggml.tokens',
    ],
    ['cut weights', ggufBytes(soundParts).subarray(0, -64), 'is cut short: tensor'],
  ])('refuses %s with a sentence', (_, bytes, sentence) => {
    expect(problemsOf(bytes)).toEqual([expect.stringContaining(`The model file X `)]);
    expect(problemsOf(bytes)[0]).toContain(sentence);
  });

  it('refuses a missing file and a directory with a sentence', () => {
    expect(problemsAt(join(folder, 'none.gguf'))).toEqual([
      `The model file ${join(folder, 'none.gguf')} does not exist. RYZ_MODEL_PATH names the model file.`,
    ]);
    expect(problemsAt(folder)[0]).toContain('is a directory; name the .gguf file in it');
  });

  it('reads or refuses any damage, without another error and without delay', () => {
    const sound = ggufBytes(soundParts);
    const damage = fc.record({
      at: fc.nat(sound.length - 1),
      bytes: fc.uint8Array({ minLength: 1, maxLength: 9 }),
      cut: fc.option(fc.nat(sound.length), { nil: sound.length }),
    });
    fc.assert(
      fc.property(damage, ({ at, bytes, cut }) => {
        const damaged = Buffer.from(sound);
        damaged.set(bytes.subarray(0, damaged.length - at), at);
        for (const problem of problemsOf(damaged.subarray(0, cut)))
          expect(problem).toMatch(/^The model file X .*\.$/s);
      }),
      { numRuns: 500 },
    );
  });
});
