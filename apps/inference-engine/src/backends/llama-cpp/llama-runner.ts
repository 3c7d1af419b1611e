import type { LlamaContext, LlamaContextSequence, LlamaGrammarEvaluationState, Token } from 'node-llama-cpp';
import { endOfText, type RunnerTask, type SequenceRunner } from '../../domain/sequence-runner.ts';
import type { Grammars } from './grammars.ts';
import { LlamaPromptReader, type ReadingPlace } from './llama-prompt-reader.ts';

/** A slot as its runner and its reader see it. */
export interface LlamaSlot {
  readonly sequence: LlamaContextSequence;
  task: RunnerTask | undefined;
  /** Prompt tokens evaluated. */
  evaluated: number;
  tokens: AsyncGenerator<{ readonly token: Token }, void> | undefined;
  /** Where the text of a task with a form stands. */
  grammar: LlamaGrammarEvaluationState | undefined;
  /** The reader is taking its state out, or putting it in. */
  moving: Promise<unknown> | undefined;
  /** The previous task's end. */
  released: Promise<unknown> | undefined;
  intact: boolean;
}

// A context that is full would silently lose its beginning. Requests are checked, so this cannot
// happen; if it does, the sequence fails.
export const noShift = {
  contextShift: {
    strategy: (): never => {
      throw new Error('the context is full');
    },
  },
};

/**
 * Slots over the sequences of one llama.cpp context. The sequences live as long as the context,
 * so that a new task finds the state of the old one's prompt.
 */
export class LlamaRunner implements SequenceRunner {
  readonly slots: number;
  readonly reader?: LlamaPromptReader;
  readonly #slots: readonly LlamaSlot[];

  readonly #grammars: Grammars;

  constructor(context: LlamaContext, slots: number, grammars: Grammars, reading?: ReadingPlace) {
    this.slots = slots;
    this.#grammars = grammars;
    this.#slots = Array.from({ length: slots }, () => ({
      sequence: context.getSequence(),
      task: undefined,
      evaluated: 0,
      tokens: undefined,
      grammar: undefined,
      moving: undefined,
      released: undefined,
      intact: true,
    }));
    if (reading !== undefined) this.reader = new LlamaPromptReader(reading, this.#slots);
  }

  heldPrefix(slot: number, prompt: readonly number[]): number {
    const { sequence, intact } = this.#slot(slot);
    return intact ? sequence.compareContextTokens(prompt as Token[]).firstDifferentIndex : 0;
  }

  async begin(slot: number, task: RunnerTask): Promise<number> {
    const state = this.#slot(slot);
    await state.released;
    state.released = undefined;
    if (!state.intact) {
      await state.sequence.clearHistory();
      state.intact = true;
    }
    // The last prompt token is always evaluated anew: sampling needs what comes out of it.
    await state.sequence.adaptStateToTokens(task.prompt.slice(0, -1) as Token[], false);
    state.grammar = task.format === undefined ? undefined : await this.#grammars.begin(task.format);
    state.task = task;
    state.tokens = undefined;
    state.evaluated = state.sequence.nextTokenIndex;
    return state.evaluated;
  }

  prefill(slot: number, count: number): Promise<void> {
    const state = this.#slot(slot);
    const from = state.evaluated;
    state.evaluated += count;
    const chunk = state.task?.prompt.slice(from, state.evaluated) ?? [];
    return state.sequence.evaluateWithoutGeneratingNewTokens(chunk as Token[], noShift);
  }

  decode(slot: number): Promise<number> {
    const state = this.#slot(slot);
    const tokens = (state.tokens ??= this.#sample(state));
    return tokens.next().then(toToken);
  }

  release(slot: number, intact: boolean): void {
    const state = this.#slot(slot);
    state.intact &&= intact;
    state.task = undefined;
    const { tokens, moving } = state;
    if (tokens !== undefined || moving !== undefined)
      state.released = Promise.allSettled([tokens?.return(), moving]);
    state.tokens = undefined;
  }

  #sample({
    sequence,
    task,
    evaluated,
    grammar,
  }: LlamaSlot): AsyncGenerator<{ readonly token: Token }, void> {
    if (task === undefined) throw new Error('the slot has no task');
    const { temperature, topP, topK, seed } = task.sampling;
    return sequence.evaluateWithMetadata(
      task.prompt.slice(evaluated) as Token[],
      {},
      {
        temperature,
        topP,
        topK,
        seed,
        yieldEogToken: task.ignoreEos,
        ...(grammar === undefined ? {} : { grammarEvaluationState: grammar }),
        ...noShift,
      },
    );
  }

  #slot(slot: number): LlamaSlot {
    const state = this.#slots[slot];
    if (state === undefined) throw new RangeError(`there is no slot ${slot}`);
    return state;
  }
}

function toToken(result: IteratorResult<{ readonly token: Token }, void>): number {
  return result.done === true ? endOfText : result.value.token;
}
