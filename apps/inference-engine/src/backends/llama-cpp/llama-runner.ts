import type { LlamaContext, LlamaContextSequence, LlamaGrammarEvaluationState, Token } from 'node-llama-cpp';
import { endOfText, type RunnerTask, type SequenceRunner } from '../../domain/sequence-runner.ts';
import type { Grammars } from './grammars.ts';

interface Slot {
  readonly sequence: LlamaContextSequence;
  task: RunnerTask | undefined;
  /** Prompt tokens evaluated. */
  evaluated: number;
  tokens: AsyncGenerator<{ readonly token: Token }, void> | undefined;
  /** Where the text of a task with a form stands. */
  grammar: LlamaGrammarEvaluationState | undefined;
  /** The previous task's end. */
  released: Promise<unknown> | undefined;
  intact: boolean;
}

// A context that is full would silently lose its beginning. Requests are checked, so this cannot
// happen; if it does, the sequence fails.
const noShift = {
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
  readonly #slots: readonly Slot[];

  readonly #grammars: Grammars;

  constructor(context: LlamaContext, slots: number, grammars: Grammars) {
    this.slots = slots;
    this.#grammars = grammars;
    this.#slots = Array.from({ length: slots }, () => ({
      sequence: context.getSequence(),
      task: undefined,
      evaluated: 0,
      tokens: undefined,
      grammar: undefined,
      released: undefined,
      intact: true,
    }));
  }

  heldPrefix(slot: number, prompt: readonly number[]): number {
    const { sequence, intact } = this.#slot(slot);
    return intact ? sequence.compareContextTokens(prompt as Token[]).firstDifferentIndex : 0;
  }

  async begin(slot: number, task: RunnerTask): Promise<number> {
    const state = this.#slot(slot);
    await state.released;
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
    state.released = state.tokens?.return().catch(() => undefined);
    state.tokens = undefined;
  }

  #sample({ sequence, task, evaluated, grammar }: Slot): AsyncGenerator<{ readonly token: Token }, void> {
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

  #slot(slot: number): Slot {
    const state = this.#slots[slot];
    if (state === undefined) throw new RangeError(`there is no slot ${slot}`);
    return state;
  }
}

function toToken(result: IteratorResult<{ readonly token: Token }, void>): number {
  return result.done === true ? endOfText : result.value.token;
}
