import type { JsonFormat } from './response-format.ts';
import type { Piece } from './text-stream.ts';

/** How tokens are drawn. */
export interface Sampling {
  /** 0 is greedy. */
  readonly temperature: number;
  /** In (0, 1]; 1 keeps all. */
  readonly topP: number;
  /** 0 keeps all. */
  readonly topK: number;
  /** 0 to 2^32 − 2. Same seed, prompt and engine: same text. */
  readonly seed: number;
}

/** Headers that continue a request's trace at another server. */
export type CallHeaders = Readonly<Record<string, string>>;

/** What a sequence is to be like, whatever runs it. */
export interface GenerationTerms {
  /** At least 1. Absent where its caller named none and the server that runs it has a default of its own. */
  readonly maxTokens?: number;
  readonly sampling: Sampling;
  /** Texts before which generation ends; none empty. */
  readonly stop: readonly string[];
  /** Go on past the end-of-text token, which then counts as a token without text. */
  readonly ignoreEos: boolean;
  /**
   * The form that the text is held to. It has it in the end, unless `maxTokens` or a stop text cuts it
   * off before. Not with `ignoreEos`.
   */
  readonly format?: JsonFormat;
  /** 0 to 9; of those that wait for a slot, higher goes first. */
  readonly priority: number;
  /**
   * Told that another server is about to be asked, each time that it is. Gives what goes with the call.
   * Must not throw.
   */
  readonly onCall?: (enqueuedAtMs: number) => CallHeaders;
  /** Told exactly once how the sequence went, whichever way it ended. Must not throw. */
  readonly onEnd?: (record: GenerationRecord) => void;
}

/** One sequence to run in the steps of this process: checked and tokenised. */
export interface GenerationPlan extends GenerationTerms {
  /** At least one token. */
  readonly prompt: readonly number[];
  /** Prompt and completion together fit the context. */
  readonly maxTokens: number;
}

/** Tokens of one sequence. */
export interface Usage {
  /** Absent where only another server knows, and did not tell. */
  readonly promptTokens?: number;
  /** Prompt tokens whose state a slot still had; absent like them. */
  readonly cachedPromptTokens?: number;
  /** An end-of-text token is not counted. */
  readonly completionTokens: number;
}

/** Durations in whole microseconds of one monotonic clock; together the whole sequence. */
export interface Timings {
  /** Enqueued to slot. */
  readonly queueUs: number;
  /** Slot to first token sampled; of another server, to its arrival: the way there and its queue are in it. */
  readonly prefillUs: number;
  /** First token sampled to last token sampled, an end-of-text token included. */
  readonly decodeUs: number;
  /** Decode steps after the one that gave the first token. */
  readonly steps: number;
  /** Mean sequences in these steps, this one included; at least 1. */
  readonly meanBatch: number;
}

/** Why a sequence ended by itself. */
export type FinishReason = 'stop' | 'length';

/** What a sequence tells, in the order accepted, started, delta…, done. */
export type GenerationEvent =
  | { readonly type: 'accepted'; readonly queuePosition: number; readonly promptTokens?: number }
  | { readonly type: 'started'; readonly slot: number; readonly cachedPromptTokens?: number }
  | { readonly type: 'delta'; readonly text: string; readonly tokens: number }
  | {
      readonly type: 'done';
      readonly finishReason: FinishReason;
      readonly usage: Usage;
      readonly timings: Timings;
    };

/** How a sequence ended: by itself, by `cancel`, or by a failure of what runs it. */
export type Outcome =
  | { readonly kind: 'finished'; readonly finishReason: FinishReason }
  | { readonly kind: 'cancelled'; readonly reason: unknown }
  | { readonly kind: 'failed'; readonly reason: unknown };

/**
 * Why a sequence was in the queue: it joined the next step; it waited for a slot while none became
 * free, or while those before it, or more urgent ones that came later, took what became free; or a
 * delay was planted.
 */
export type QueueReason = 'none' | 'slots_busy' | 'behind_others' | 'overtaken' | 'delay_planted';

/** What was measured of a sequence that ran in the steps of this process. */
export interface StepsRun {
  readonly kind: 'steps';
  readonly prefillChunks: number;
  /** Most sequences in one of the steps that evaluated its prompt; at least 1. */
  readonly maxPrefillBatch: number;
  /** Its prompt was read while the steps of the others went on, all but its last token. */
  readonly besideSteps: boolean;
  /** Most sequences in one of its decode steps; at least 1. */
  readonly maxBatch: number;
  /** Time it was out of the steps because its reader was behind. */
  readonly pausedMs: number;
  /** Duration of each of its decode steps, with the step of prompts that it waited for before it. */
  readonly stepsMs: readonly number[];
}

/** What is known of a sequence that another server ran. */
export interface RemoteRun {
  readonly kind: 'remote';
  /** How often the server was asked; 0 where the sequence ended in the queue. */
  readonly attempts: number;
  /** HTTP status of the last answer; absent where there was none. */
  readonly httpStatus?: number;
  /** Where the number of completion tokens comes from: the server's own count, or its pieces of text. */
  readonly tokensFrom: 'usage' | 'deltas';
  /** As the server reports them, some do. */
  readonly prefillMs?: number;
  readonly decodeMs?: number;
}

/** What was measured of a sequence. Times are ms of the engine's monotonic clock. */
export interface GenerationRecord {
  readonly plan: GenerationTerms;
  readonly outcome: Outcome;
  readonly enqueuedAtMs: number;
  /** Absent where it never had a slot. */
  readonly slotAtMs?: number;
  /** Absent where no token was sampled, or none has come. */
  readonly firstTokenAtMs?: number;
  readonly endedAtMs: number;
  /** How many were to be served before it when it came. */
  readonly queuePosition: number;
  readonly queueReason: QueueReason;
  readonly usage: Usage;
  readonly timings: Timings;
  readonly run: StepsRun | RemoteRun;
}

/**
 * A submitted sequence. Iterating gives its events once; a failure or cancellation throws its
 * reason. A reader that lags gets several tokens in one delta, and beyond a bound the sequence
 * leaves the steps until it is read. Leaving the loop cancels.
 */
export interface Generation extends AsyncIterable<GenerationEvent> {
  /**
   * Ends it now for its reader, and frees its slot before the next step. Does nothing once it
   * has ended. `reason` is what the reader's iteration throws.
   */
  cancel(reason: unknown): void;
}

/** Text of a token id. */
export type PieceOf = (token: number) => Piece;
