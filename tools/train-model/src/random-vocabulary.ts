import { END_OF_TEXT, END_OF_TURN, type Vocabulary } from './tiny-format.ts';

const SPECIAL_TOKENS = [END_OF_TEXT, '<|system|>', '<|user|>', '<|assistant|>', END_OF_TURN];

/** Frequent English pairs, in the order in which they merge; `Ġ` is a leading space. */
const MERGES =
  `Ġ t|Ġ a|h e|i n|r e|o n|e r|a n|Ġt he|Ġ s|Ġ w|Ġ o|o r|e n|Ġ c|i s|e s|i t|Ġ b|Ġ f|e d|Ġ p|in g|Ġo f|a l|Ġa n|a r|o u|Ġ m|Ġ in|Ġt o|Ġan d|Ġ d|Ġ h|a t|a s|l e|i c|r o|i on|o m|l l|en t|Ġ n|Ġ l|s t|Ġ re|v e`
    .split('|')
    .map((pair): [string, string] => {
      const [left = '', right = ''] = pair.split(' ');
      return [left, right];
    });

/** GPT-2's stand-ins for the 256 bytes: printable ones are themselves, the rest follow from U+0100. */
function byteSymbols(): string[] {
  const printable = (byte: number): boolean =>
    (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(printable(byte) ? byte : next++));
}

/** A GPT-2 style vocabulary that reads any text: all bytes, some merges, the chat markers. */
export function randomVocabulary(): Vocabulary {
  const tokens = [...byteSymbols(), ...MERGES.map((pair) => pair.join('')), ...SPECIAL_TOKENS];
  while (tokens.length % 32 !== 0) tokens.push(`<|unused${tokens.length}|>`);
  return { tokens, merges: MERGES, specialTokens: SPECIAL_TOKENS };
}

/** Ids that a random model may write: printable ASCII and the merges, so that any output is valid text. */
export const SAMPLED_TOKENS: ReadonlySet<number> = new Set([
  ...Array.from({ length: 95 }, (_, i) => 32 + i),
  ...MERGES.map((_, i) => 256 + i),
]);
