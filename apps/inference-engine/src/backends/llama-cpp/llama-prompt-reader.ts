import type { LlamaContext, LlamaContextSequence, Token } from 'node-llama-cpp';
import type { PromptReader, RunnerTask } from '../../domain/sequence-runner.ts';
import { noShift, type LlamaSlot } from './llama-runner.ts';
import type { StateFile } from './state-file.ts';

/** Where prompts are read beside the steps. */
export interface ReadingPlace {
  /** Of the same model, and with as many sequences as the slots': a state fits no other. */
  readonly context: LlamaContext;
  readonly stateFile: StateFile;
}

interface TaskPlace {
  readonly state: LlamaSlot;
  /** Where its prompt is read. */
  readonly sequence: LlamaContextSequence;
  readonly task: RunnerTask;
}

/**
 * Reads prompts in a llama.cpp context of its own, whose threads run while those of the steps do, and
 * moves what comes out of it, keys and values of every token, into the slot's sequence. That takes
 * about a step.
 */
export class LlamaPromptReader implements PromptReader {
  readonly #stateFile: StateFile;
  readonly #slots: readonly LlamaSlot[];
  readonly #sequences: readonly LlamaContextSequence[];

  constructor({ context, stateFile }: ReadingPlace, slots: readonly LlamaSlot[]) {
    this.#stateFile = stateFile;
    this.#slots = slots;
    this.#sequences = slots.map(() => context.getSequence());
  }

  takeOver(slot: number): Promise<void> {
    return this.#withTask(slot, async ({ state, sequence, task }) => {
      if (state.evaluated === 0) await sequence.clearHistory();
      else await this.#move(state, task, state.sequence, sequence);
    });
  }

  read(slot: number, count: number): Promise<void> {
    return this.#withTask(slot, async ({ state, sequence, task }) => {
      const chunk = task.prompt.slice(state.evaluated, state.evaluated + count);
      await sequence.evaluateWithoutGeneratingNewTokens(chunk as Token[], noShift);
      if (state.task === task) state.evaluated += count;
    });
  }

  handOver(slot: number): Promise<void> {
    return this.#withTask(slot, ({ state, sequence, task }) =>
      this.#move(state, task, sequence, state.sequence),
    );
  }

  async #withTask(slot: number, work: (at: TaskPlace) => Promise<void>): Promise<void> {
    const state = this.#slots[slot];
    const sequence = this.#sequences[slot];
    if (state === undefined || sequence === undefined) throw new RangeError(`there is no slot ${slot}`);
    const { task } = state;
    if (task === undefined) throw new Error('the slot has no task');
    try {
      await work({ state, sequence, task });
    } catch (error) {
      if (state.task === task) {
        await state.sequence.clearHistory();
        state.evaluated = 0;
      }
      throw error;
    }
  }

  /** The slot's next task waits for it. */
  async #move(
    state: LlamaSlot,
    task: RunnerTask,
    from: LlamaContextSequence,
    to: LlamaContextSequence,
  ): Promise<void> {
    const { path } = this.#stateFile;
    const moving = async (): Promise<void> => {
      try {
        await from.saveStateToFile(path);
        // Written just now, from the same model. It may have been released meanwhile.
        if (state.task === task) await to.loadStateFromFile(path, { acceptRisk: true });
      } finally {
        await this.#stateFile.clear();
      }
    };
    state.moving = moving();
    try {
      await state.moving;
    } finally {
      state.moving = undefined;
    }
  }
}
