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

/**
 * Reads prompts in a llama.cpp context of its own, whose threads run while those of the steps do,
 * and moves what comes out of it, keys and values of every token, into the slot's sequence. That
 * takes about a step.
 */
export class LlamaPromptReader implements PromptReader {
  readonly #stateFile: StateFile;
  readonly #slots: readonly LlamaSlot[];
  readonly #sequences: readonly LlamaContextSequence[];
  /** What each sequence is reading, and how far. */
  readonly #progress = new Map<number, { readonly task: RunnerTask; tokens: number }>();

  constructor({ context, stateFile }: ReadingPlace, slots: readonly LlamaSlot[]) {
    this.#stateFile = stateFile;
    this.#slots = slots;
    this.#sequences = slots.map(() => context.getSequence());
  }

  async begin(slot: number): Promise<void> {
    const { state } = this.#at(slot);
    this.#progress.delete(slot);
    state.evaluated = 0;
    await state.sequence.clearHistory();
  }

  async read(slot: number, count: number): Promise<void> {
    const { state, sequence } = this.#at(slot);
    const { task } = state;
    if (task === undefined) throw new Error('the slot has no task');
    let progress = this.#progress.get(slot);
    if (progress === undefined) {
      // Not in `begin`, for which the steps wait: this may have to wait for a piece of another prompt.
      this.#progress.set(slot, (progress = { task, tokens: 0 }));
      await sequence.clearHistory();
    }
    const chunk = task.prompt.slice(progress.tokens, progress.tokens + count);
    progress.tokens += count;
    await sequence.evaluateWithoutGeneratingNewTokens(chunk as Token[], noShift);
  }

  async handOver(slot: number): Promise<void> {
    const { state, sequence } = this.#at(slot);
    const progress = this.#progress.get(slot);
    if (progress === undefined) throw new Error('nothing was read');
    const { path } = this.#stateFile;
    try {
      await sequence.saveStateToFile(path);
      // It may have been released meanwhile, and have another task.
      if (state.task !== progress.task) return;
      state.handedOver = load(state.sequence, path);
      await state.handedOver;
      if (state.task === progress.task) state.evaluated = progress.tokens;
    } finally {
      state.handedOver = undefined;
      this.#progress.delete(slot);
      await this.#stateFile.clear();
    }
  }

  #at(slot: number): { readonly state: LlamaSlot; readonly sequence: LlamaContextSequence } {
    const state = this.#slots[slot];
    const sequence = this.#sequences[slot];
    if (state === undefined || sequence === undefined) throw new RangeError(`there is no slot ${slot}`);
    return { state, sequence };
  }
}

async function load(sequence: LlamaContextSequence, path: string): Promise<void> {
  try {
    // The file was written just now, from the same model.
    await sequence.loadStateFromFile(path, { acceptRisk: true });
  } catch (error) {
    await sequence.clearHistory();
    throw error;
  }
}
