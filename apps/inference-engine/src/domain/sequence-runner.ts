import type { Sampling } from './generation.ts';
import type { JsonFormat } from './response-format.ts';

/** Given by `SequenceRunner.decode` in place of a token: the model ended the text. */
export const endOfText = -1;

/** What a slot is to run. */
export interface RunnerTask {
  readonly prompt: readonly number[];
  readonly sampling: Sampling;
  readonly ignoreEos: boolean;
  /** The form that every text of the task must have. */
  readonly format?: JsonFormat;
}

/**
 * Runs sequences in a fixed number of slots, numbered from 0.
 *
 * The scheduler MUST use a slot for one task at a time, in the order begin, prefill…, decode…,
 * release; MUST issue all calls of a step in one tick and wait for all before the next; and MUST
 * NOT ask a step for more tokens than its budget.
 * An implementation MUST run all calls of one tick as one batch where it can batch at all, and
 * MUST keep the slot usable after a call that rejected and was followed by `release`.
 */
export interface SequenceRunner {
  readonly slots: number;
  /** Absent where there is no processor to spare. */
  readonly reader?: PromptReader;
  /** Leading tokens of `prompt` whose state the free slot still has. */
  heldPrefix(slot: number, prompt: readonly number[]): number;
  /** Takes the slot, keeping the state it shares with the prompt, and resolves to the kept tokens (< prompt length). */
  begin(slot: number, task: RunnerTask): Promise<number>;
  /** Evaluates the next `count` prompt tokens; never the last one. */
  prefill(slot: number, count: number): Promise<void>;
  /** Evaluates what is left of the prompt, or the token sampled before, and samples: a token id, or `endOfText`. */
  decode(slot: number): Promise<number>;
  /**
   * Ends the task. May go on in the background; a `begin` that follows MUST wait for it. Where
   * `intact` is false a call rejected, and the slot's state MUST NOT be used again.
   */
  release(slot: number, intact: boolean): void;
}

/**
 * Reads prompts for the slots of a `SequenceRunner` while its steps go on.
 *
 * The caller MUST use it after a slot's `begin` and before its first `decode`, in the order takeOver,
 * read…, handOver; MUST NOT drive the slot in a step in between; and MUST have one call in flight at
 * most, over all slots. A slot may be released at any time: the call in flight then has no effect on
 * its next task. Where a call rejects, the slot is empty, and its prompt has to be read from the start.
 */
export interface PromptReader {
  /** Goes on with the slot's prompt where `begin` and `prefill` left off. */
  takeOver(slot: number): Promise<void>;
  /** Evaluates the next `count` prompt tokens; never the last one. */
  read(slot: number, count: number): Promise<void>;
  /** Puts what was read into the slot. */
  handOver(slot: number): Promise<void>;
}
