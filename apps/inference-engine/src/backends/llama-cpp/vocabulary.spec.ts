import type { ModelFile } from './model-file.ts';
import { createVocabulary } from './vocabulary.ts';

function vocabularyOf(file: Pick<ModelFile, 'tokenizer' | 'tokens' | 'tokenTypes'>) {
  return createVocabulary({
    path: 'x.gguf',
    name: 'x',
    architecture: 'llama',
    quantization: 'F32',
    parameters: 1,
    contextLength: 1,
    fileBytes: 1,
    ...file,
  });
}

describe('createVocabulary', () => {
  it('reads the byte-level spelling', () => {
    const { pieceOf } = vocabularyOf({
      tokenizer: 'gpt2',
      tokens: ['Ġthe', 'Ċ', 'Ã©', 'Ã', '<|end|>', '<tool>'],
      tokenTypes: [1, 1, 1, 1, 3, 4],
    });
    expect([0, 1, 2, 3, 4, 5].map(pieceOf)).toEqual([' the', '\n', 'é', Uint8Array.of(0xc3), '', '<tool>']);
  });

  it('reads the SentencePiece spelling, with byte tokens', () => {
    const { pieceOf, controlTexts, longestToken } = vocabularyOf({
      tokenizer: 'llama',
      tokens: ['<unk>', '<s>', '▁the', '<0xE2>', '<0x41>'],
      tokenTypes: [2, 3, 1, 6, 6],
    });
    expect([0, 1, 2, 3, 4].map(pieceOf)).toEqual(['', '', ' the', Uint8Array.of(0xe2), 'A']);
    expect(controlTexts).toEqual(['<unk>', '<s>']);
    expect(longestToken).toBe(6);
  });
});
