import { BatchCosts, nearer } from './batch-costs.ts';

/** Bounds of what prompts may take of a step. */
export interface PromptShareOptions {
  /** Tokens in one step. */
  readonly batchTokens: number;
  /** Prompt tokens of one sequence in one step. */
  readonly chunkTokens: number;
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

// How much longer than usual a reader may wait for a token because a prompt is read in between.
const stretch = 3;
// How much longer than alone a prompt may take because of those who decode; goes before the other
// where both cannot be had. The measured factor is a little higher: time goes by between steps.
const slowdown = 2.3;
// Steps in a row without a token of a prompt; then it goes first.
const maxSkips = 4;

/**
 * Shares the time between those who decode and those whose prompts are read.
 *
 * While somebody decodes, a step of prompts gets as many tokens as make the wait for a token about
 * three times as long as it usually is, and not so few that the prompt takes more than about twice
 * as long as alone, both found from the steps themselves; otherwise as many as a step can hold. Of several
 * prompts the one with the least to go is read first, so that short ones do not wait for long ones;
 * one that was left out four times in a row goes before it.
 */
export class PromptShare {
  readonly #options: PromptShareOptions;
  /** Time of steps of decodes, by how many decode in it. */
  readonly #decodeMs: number[] = [];
  readonly #costs = new BatchCosts();

  constructor(options: PromptShareOptions) {
    this.#options = options;
  }

  /** Tokens of the next step of prompts, for which so many wait who decode. */
  budget(waiting: number): number {
    const { batchTokens } = this.#options;
    if (waiting === 0) return batchTokens;
    const usualMs = this.#usualMs(waiting);
    const within = this.#costs.largestWithin(usualMs && (stretch - 1) * usualMs);
    const fair = usualMs === undefined ? 1 : this.#costs.fewestWithin(slowdown, usualMs);
    return Math.min(batchTokens, Math.max(within, fair));
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
    if (decodes > 0) {
      this.#decodeMs[decodes] = nearer(this.#decodeMs[decodes], ms, 0.2);
    } else if (prompts === 1) this.#costs.learn(promptTokens, ms);
  }

  /** Of as many, else of fewer, else of more. */
  #usualMs(decodes: number): number | undefined {
    for (let fewer = decodes; fewer > 0; fewer--)
      if (this.#decodeMs[fewer] !== undefined) return this.#decodeMs[fewer];
    return this.#decodeMs.find((ms, count) => count > decodes && ms !== undefined);
  }
}
