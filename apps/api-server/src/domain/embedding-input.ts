import type { Violation } from './failure.ts';

const mostTexts = 256;
// A status travels in trailers, which hold a few KiB.
const mostViolations = 8;
/** Characters that one token of ordinary text stands for, rounded down so that the estimate is ample. */
const charactersPerToken = 3;

/** What can be seen of texts to embed without the engine, which counts their tokens. */
export function checkTexts(input: readonly string[]): Violation[] {
  if (input.length === 0) return [{ field: 'input', description: 'is empty; give at least one text' }];
  if (input.length > mostTexts) {
    const has = `has ${input.length} texts`;
    return [{ field: 'input', description: `${has}; give at most ${mostTexts} in one request` }];
  }
  return input
    .flatMap((text, index) =>
      text === ''
        ? [{ field: `input[${index}]`, description: 'is empty; give it a text or leave it out' }]
        : [],
    )
    .slice(0, mostViolations);
}

/**
 * Tokens of context that the longest text may fill, for placement: texts are embedded one after the
 * other. Never above the model's context where that is known.
 */
export function estimateTokens(input: readonly string[], contextLength = Infinity): number {
  const longest = input.reduce((most, { length }) => Math.max(most, length), 0);
  return Math.min(Math.ceil(longest / charactersPerToken), contextLength);
}
