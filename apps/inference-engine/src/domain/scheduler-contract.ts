import type { Generation, PieceOf } from './generation.ts';
import type { StepCosts } from './prompt-share.ts';
import type { SequenceRunner } from './sequence-runner.ts';

/** Time as the scheduler needs it. */
export interface StepClock {
  monotonicMs(): number;
  after(delayMs: number, callback: () => void): { cancel(): void };
}

/** Bounds of a scheduler, and what is planted in it. */
export interface SchedulerOptions {
  /** Tokens in one step. */
  readonly batchTokens: number;
  /** Prompt tokens of one sequence in one step: bounds how long a step can take. */
  readonly chunkTokens: number;
  /** Sequences that may wait for a slot. */
  readonly maxQueue: number;
  /** Tokens a reader may lag behind before its sequence leaves the steps. */
  readonly maxUnreadTokens: number;
  /** Added to each phase of every sequence, without holding up the others. */
  readonly delaysMs: { readonly queue?: number; readonly prefill?: number; readonly decode?: number };
}

/** What a scheduler works with. */
export interface SchedulerParts {
  readonly runner: SequenceRunner;
  readonly clock: StepClock;
  readonly pieceOf: PieceOf;
  /** Runs `deliver` soon, best while the step just issued is computed. */
  readonly afterDispatch: (deliver: () => void) => void;
  /** What steps take, where it was measured; otherwise they tell it. */
  readonly stepCosts?: StepCosts | undefined;
  /** Told once when prompts could not be read beside the steps, and are read in them from then on. */
  readonly onReaderFailed?: (reason: unknown) => void;
}

/** What became of a submission. */
export type Submission =
  | { readonly kind: 'queued'; readonly generation: Generation }
  | { readonly kind: 'queue_full'; readonly queued: number; readonly retryAfterMs: number }
  | { readonly kind: 'closed' };

/** How busy a scheduler is, and what it has done since its start. */
export interface SchedulerLoad {
  readonly active: number;
  readonly queued: number;
  /** Tokens of context in use by active sequences. */
  readonly contextTokens: number;
  readonly steps: number;
  /** Sequences over all steps; divided by `steps`, the mean batch. */
  readonly stepSequences: number;
  readonly tokens: number;
}
