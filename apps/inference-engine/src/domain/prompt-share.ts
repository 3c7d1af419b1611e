import { BatchCosts, nearer, type BatchCost } from './batch-costs.ts';

/** Bounds of what prompts may take of a step. */
export interface PromptShareOptions {
  /** Tokens in one step. */
  readonly batchTokens: number;
  /** Prompt tokens of one sequence in one step. */
  readonly chunkTokens: number;
}

/** What steps take, measured before there is anything to do. */
export interface StepCosts {
  /** A step in which one sequence decodes. */
  readonly decodeMs: number;
  readonly prompts: readonly BatchCost[];
}

/** A sequence whose prompt is not yet evaluated. */
export interface Prompting {
  /** Prompt tokens still to evaluate. */
  readonly remaining: number;
  /** Steps in a row that left its prompt out. */
  skipped: number;
}

/** What a step took, and for whom: either sequences that decode, or prompts. */
export interface TimedStep {
  readonly ms: number;
  readonly decodes: number;
  readonly prompts: number;
  readonly promptTokens: number;
}

// How many times as long as usual a reader may wait for a token because a prompt is read in
// between, and how many times as long as alone a prompt may take because of those who decode.
const mostWait = 3;
const mostReading = 2.5;
// Nothing is known yet: a guess that keeps a reader's wait bounded on a processor.
const unmeasured = 4;
// Steps in a row without a token of a prompt; then it goes first.
const maxSkips = 4;

/**
 * Shares the time between those who decode and those whose prompts are read.
 *
 * While somebody decodes, every other step reads a piece of a prompt. A longer piece makes them wait
 * longer for their next token, and a shorter one makes the prompt take longer; of all lengths the
 * share takes the one with which neither comes nearer to its bound than it must: three times the
 * usual step, and two and a half times the prompt's time alone. While nobody decodes, a step reads
 * as much as it can hold.
 *
 * Of several prompts the one with the least to go is read first, so that short ones do not wait for
 * long ones; one that was left out four times in a row goes before it.
 */
export class PromptShare {
  readonly #options: PromptShareOptions;
  /** Time of steps of decodes, by how many decode in it. */
  readonly #decodeMs: number[] = [];
  readonly #costs: BatchCosts;

  constructor(options: PromptShareOptions, measured?: StepCosts) {
    this.#options = options;
    this.#costs = new BatchCosts(measured?.prompts);
    if (measured !== undefined) this.#decodeMs[1] = measured.decodeMs;
  }

  /** Tokens of the next step of prompts, for which so many wait who decode. */
  budget(waiting: number): number {
    const { batchTokens, chunkTokens } = this.#options;
    if (waiting === 0) return batchTokens;
    const usualMs = this.#usualMs(waiting);
    const costs = this.#costs.upTo(batchTokens);
    if (usualMs === undefined || costs.length === 0) return Math.min(batchTokens, unmeasured);
    const tokenAloneMs = Math.min(
      ...costs.filter(({ tokens }) => tokens <= chunkTokens).map(({ tokens, ms }) => ms / tokens),
    );
    let best = { tokens: 1, strain: Infinity };
    for (const { tokens, ms } of costs) {
      const wait = (usualMs + ms) / usualMs;
      const reading = (usualMs + ms) / tokens / tokenAloneMs;
      const strain = Math.max(wait / mostWait, reading / mostReading);
      // Of equals, the longer.
      if (strain <= best.strain) best = { tokens, strain };
    }
    return best.tokens;
  }

  /** In which order prompts are read. */
  order<One extends Prompting>(prompts: readonly One[]): readonly One[] {
    if (prompts.length < 2) return prompts;
    const rank = ({ skipped }: One): number => (skipped >= maxSkips ? skipped : 0);
    // Stable: of equals, the one that came first.
    return [...prompts].sort((a, b) => rank(b) - rank(a) || a.remaining - b.remaining);
  }

  /** How much of it the next step reads, out of what is left of the budget; 0 leaves it out. */
  chunk(prompt: Prompting, left: number): number {
    const chunk = Math.min(prompt.remaining, this.#options.chunkTokens, left);
    prompt.skipped = chunk === 0 ? prompt.skipped + 1 : 0;
    return chunk;
  }

  /** Takes note of a step that has ended. */
  learn({ ms, decodes, prompts, promptTokens }: TimedStep): void {
    if (decodes > 0) this.#decodeMs[decodes] = nearer(this.#decodeMs[decodes], ms, 0.2);
    else if (prompts === 1) this.#costs.learn({ tokens: promptTokens, ms });
  }

  /** Of as many, else of fewer, else of more. */
  #usualMs(decodes: number): number | undefined {
    for (let fewer = decodes; fewer > 0; fewer--)
      if (this.#decodeMs[fewer] !== undefined) return this.#decodeMs[fewer];
    return this.#decodeMs.find((ms, count) => count > decodes && ms !== undefined);
  }
}
