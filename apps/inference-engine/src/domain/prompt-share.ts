/** Bounds of what prompts may take of a step. */
export interface PromptShareOptions {
  /** Tokens in one step, prompt and completion together. */
  readonly batchTokens: number;
  /** Prompt tokens of one sequence in one step. */
  readonly chunkTokens: number;
}

/** A sequence whose prompt is not yet evaluated. */
export interface Prompting {
  /** Prompt tokens still to evaluate. */
  readonly remaining: number;
  /** Steps in a row that went on without it. */
  skipped: number;
}

/** What a step took, and for whom. */
export interface TimedStep {
  readonly ms: number;
  readonly decodes: number;
  readonly promptTokens: number;
}

// How much longer a step may take with prompts in it than without. A processor reads few tokens at a
// time at up to twice the price of many, so that shorter steps than these would make prompts wait far
// longer than they spare their neighbours.
const stretch = 3;
// A prompt always goes on; with fewer tokens a step costs nearly as much.
const fewest = 8;
// Nothing is known yet: a guess that keeps a reader's gap bounded on a processor.
const unmeasured = 16;
// Fewer tokens measure the step, not the tokens.
const tellingTokens = 32;
// Steps in a row without a token of a prompt; then it goes first.
const maxSkips = 4;

/**
 * Shares the steps between those who decode and those whose prompts are read.
 *
 * While somebody decodes, prompts get as many tokens as make a step about three times as long as
 * it usually is, found from the steps themselves; otherwise as many as a step can hold. Of several
 * prompts the one with the least to go is read first, so that short ones do not wait for long ones;
 * one that was left out four times in a row goes before it.
 */
export class PromptShare {
  readonly #options: PromptShareOptions;
  /** Usual duration of a step without prompts, by how many decode in it. */
  readonly #decodeMs: number[] = [];
  /** What a token of a prompt adds to a step. */
  #tokenMs: number | undefined;

  constructor(options: PromptShareOptions) {
    this.#options = options;
  }

  /** Prompt tokens of the next step, in which so many decode. */
  budget(decodes: number): number {
    const room = this.#options.batchTokens - decodes;
    const usualMs = this.#usualMs(decodes);
    if (decodes === 0) return room;
    if (usualMs === undefined || this.#tokenMs === undefined) return Math.min(room, unmeasured);
    const within = Math.floor(((stretch - 1) * usualMs) / this.#tokenMs);
    return Math.min(room, Math.max(fewest, within));
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
  learn({ ms, decodes, promptTokens }: TimedStep): void {
    if (promptTokens === 0) {
      this.#decodeMs[decodes] = mixed(this.#decodeMs[decodes], ms, 0.2);
      return;
    }
    const usualMs = decodes === 0 ? 0 : this.#usualMs(decodes);
    if (usualMs === undefined || (decodes === 0 && promptTokens < tellingTokens)) return;
    // Neither free nor, for the one step that the machine held up, beyond all measure.
    const leastMs = ms / 1_024;
    const mostMs = 4 * Math.max(this.#tokenMs ?? Infinity, ms / 64);
    const tokenMs = Math.min(Math.max((ms - usualMs) / promptTokens, leastMs), mostMs);
    this.#tokenMs = mixed(this.#tokenMs, tokenMs, 0.2);
  }

  /** Of as many, else of fewer, else of more. */
  #usualMs(decodes: number): number | undefined {
    for (let fewer = decodes; fewer > 0; fewer--)
      if (this.#decodeMs[fewer] !== undefined) return this.#decodeMs[fewer];
    return this.#decodeMs.find((ms, count) => count > decodes && ms !== undefined);
  }
}

function mixed(mean: number | undefined, value: number, weight: number): number {
  return mean === undefined ? value : mean + (value - mean) * weight;
}
