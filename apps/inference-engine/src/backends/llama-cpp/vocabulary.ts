import { incompleteTail } from '../../domain/utf8-stream.ts';
import type { PieceOf } from '../../domain/generation.ts';
import type { Piece } from '../../domain/text-stream.ts';
import type { ModelFile } from './model-file.ts';

/** Kinds of token, as `tokenizer.ggml.token_type` numbers them. */
const kind = { unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 } as const;

/** What the tokens of a model say. */
export interface Vocabulary {
  readonly size: number;
  /** Characters of the longest token: a text of n characters has at least n / this many tokens. */
  readonly longestToken: number;
  /** Texts that mean something to the model beside their letters, such as "<|end|>". */
  readonly controlTexts: readonly string[];
  /** The text of a token; control tokens have none. */
  readonly pieceOf: PieceOf;
}

/** The vocabulary of a model file. Pieces are made when first asked for. */
export function createVocabulary({ tokens, tokenTypes, tokenizer }: ModelFile): Vocabulary {
  const pieces = new Array<Piece | undefined>(tokens.length);
  const decode = tokenizer === 'gpt2' ? byteLevelBytes : spacedBytes;
  const make = (token: number): Piece => {
    const text = tokens[token] ?? '';
    switch (tokenTypes[token]) {
      case kind.unknown:
      case kind.control:
      case kind.unused:
        return '';
      case kind.userDefined:
        return text;
      case kind.byte:
        return piece(namedByte(text) ?? Buffer.from(text));
      default:
        return piece(decode(text));
    }
  };
  return {
    size: tokens.length,
    longestToken: tokens.reduce((longest, text) => Math.max(longest, text.length), 1),
    controlTexts: tokens.filter(
      (text, token) =>
        (tokenTypes[token] === kind.control || tokenTypes[token] === kind.unknown) && text.length > 1,
    ),
    pieceOf: (token) => (pieces[token] ??= make(token)),
  };
}

function piece(bytes: Uint8Array): Piece {
  if (incompleteTail(bytes) > 0) return bytes;
  try {
    return strict.decode(bytes);
  } catch {
    return bytes;
  }
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function namedByte(text: string): Uint8Array | undefined {
  const match = /^<0x([0-9A-Fa-f]{2})>$/.exec(text);
  return match?.[1] === undefined ? undefined : Uint8Array.of(Number.parseInt(match[1], 16));
}

/** SentencePiece and its kin: a lower block stands for a space. */
function spacedBytes(text: string): Uint8Array {
  return Buffer.from(text.replaceAll('\u2581', ' '));
}

// Byte-level BPE spells each byte as one printable character: printable Latin-1 bytes as
// themselves, the other 68 as the characters from U+0100 on.
const byteOf: ReadonlyMap<number, number> = (() => {
  const map = new Map<number, number>();
  let next = 0x100;
  for (let byte = 0; byte < 256; byte++) {
    const printable = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
    map.set(printable ? byte : next++, byte);
  }
  return map;
})();

function byteLevelBytes(text: string): Uint8Array {
  const bytes: number[] = [];
  for (const character of text) {
    const byte = byteOf.get(character.codePointAt(0) ?? 0);
    // A character outside the spelling is a token someone added as plain text.
    if (byte === undefined) bytes.push(...Buffer.from(character));
    else bytes.push(byte);
  }
  return Uint8Array.from(bytes);
}
