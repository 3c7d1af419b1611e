import type { Violation } from './prompt.ts';

/** Completion length where the request names none. */
export const defaultMaxTokens = 256;

const maxStops = 16;
const maxStopLength = 256;
const maxTemperature = 5;
const maxPriority = 9;

/** What a request may ask of the sampler and of the end; absent means the default. */
export interface GenerationWishes {
  readonly temperature?: number;
  readonly topP?: number;
  readonly topK?: number;
  readonly maxTokens?: number;
  readonly stop?: readonly string[];
  /** Higher goes first in the engine's queue. */
  readonly priority?: number;
}

/** Every wish that is out of range, by field. */
export function wishViolations(wishes: GenerationWishes): Violation[] {
  const violations: Violation[] = [];
  const { temperature = 0, topP = 1, topK = 0, stop = [], priority = 0 } = wishes;
  if (!(temperature >= 0 && temperature <= maxTemperature))
    violations.push({
      field: 'sampling.temperature',
      description: `is ${temperature}; it must be from 0 to ${maxTemperature}`,
    });
  if (!(topP > 0 && topP <= 1))
    violations.push({ field: 'sampling.top_p', description: `is ${topP}; it must be above 0 and at most 1` });
  if (!(Number.isInteger(topK) && topK >= 0))
    violations.push({ field: 'sampling.top_k', description: `is ${topK}; it must be a whole number from 0` });
  if (!(Number.isInteger(priority) && priority >= 0 && priority <= maxPriority))
    violations.push({
      field: 'priority',
      description: `is ${priority}; it must be a whole number from 0 to ${maxPriority}`,
    });
  if (stop.length > maxStops)
    violations.push({
      field: 'stopping.stop',
      description: `has ${stop.length} texts; at most ${maxStops} are allowed`,
    });
  for (const [index, text] of stop.entries()) {
    if (text === '' || text.length > maxStopLength)
      violations.push({
        field: `stopping.stop[${index}]`,
        description: `has ${text.length} characters; it must have 1 to ${maxStopLength}`,
      });
  }
  return violations;
}

/** How many tokens to generate, or why the prompt leaves too few. */
export type Allotment =
  | { readonly kind: 'fits'; readonly maxTokens: number }
  | { readonly kind: 'refused'; readonly violation: Violation };

/**
 * Fits a completion into the context. 0 asks for the default, cut to what the prompt leaves; a
 * number that does not fit is refused.
 */
export function allotTokens(promptTokens: number, wanted: number, contextTokens: number): Allotment {
  const left = contextTokens - promptTokens;
  if (left < 1)
    return refused(
      'prompt',
      `has ${promptTokens} tokens; with at least one generated token the context of ${contextTokens} is exceeded`,
    );
  if (wanted === 0) return { kind: 'fits', maxTokens: Math.min(defaultMaxTokens, left) };
  if (wanted <= left) return { kind: 'fits', maxTokens: wanted };
  return refused(
    'stopping.max_tokens',
    `is ${wanted}; with the prompt's ${promptTokens} tokens the context of ${contextTokens} is exceeded, at most ${left} fit`,
  );
}

function refused(field: string, description: string): Allotment {
  return { kind: 'refused', violation: { field, description } };
}
