import { setImmediate } from 'node:timers/promises';
import type { Violation } from '../../domain/prompt.ts';
import type { Tokenizer } from '../backend.ts';

/** Texts as token ids, or what is wrong with some of them. */
export type TextReading =
  | { readonly kind: 'read'; readonly texts: readonly (readonly number[])[] }
  | { readonly kind: 'refused'; readonly violations: readonly Violation[] };

/** Tokenises texts one by one, so that other work goes on between them. */
export async function readTexts(
  texts: readonly string[],
  { readForEmbedding }: Pick<Tokenizer, 'readForEmbedding'>,
  limits: { readonly maxTokens: number; readonly mostViolations: number },
  signal: AbortSignal,
): Promise<TextReading> {
  const { maxTokens, mostViolations } = limits;
  const violations: Violation[] = [];
  const read: (readonly number[])[] = [];
  for (const [index, text] of texts.entries()) {
    const field = `input[${index}]`;
    const tokenized = readForEmbedding(text);
    if (tokenized.kind === 'refused') {
      const { field: at, description } = tokenized.violation;
      const mend = at === 'text' ? 'a shorter text' : 'another text';
      violations.push({ field, description: `${description}; give ${mend}` });
    } else if (tokenized.ids.length > maxTokens) {
      const has = `has ${tokenized.ids.length} tokens`;
      violations.push({ field, description: `${has}; give a text of at most ${maxTokens}` });
    } else read.push(tokenized.ids);
    // Tokenising holds up every other sequence of this process.
    await setImmediate();
    signal.throwIfAborted();
    if (violations.length === mostViolations) break;
  }
  return violations.length > 0 ? { kind: 'refused', violations } : { kind: 'read', texts: read };
}
