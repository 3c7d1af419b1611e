import type { EmbeddingLimits, EmbeddingPlan, EmbeddingSubmission } from '../domain/embedding.ts';
import type { GenerationPlan, PieceOf } from '../domain/generation.ts';
import type { Prompt, Violation } from '../domain/prompt.ts';
import type { SchedulerLoad, Submission } from '../domain/scheduler.ts';

/** What a backend runs. */
export interface BackendModel {
  readonly name: string;
  readonly architecture: string;
  readonly quantization: string;
  readonly parameters: number;
  /** Tokens of one sequence, prompt and completion together. */
  readonly contextTokens: number;
  readonly vocabulary: number;
  readonly fileBytes: number;
}

/** Where a backend runs it. */
export interface BackendDevice {
  readonly id: string;
  readonly kind: 'cpu' | 'gpu';
  readonly name: string;
}

/** How busy a backend is. */
export interface BackendLoad extends SchedulerLoad {
  /** Bytes of the device's own memory; 0 where it has none. */
  readonly memoryUsedBytes: number;
  readonly memoryTotalBytes: number;
}

/** The token ids of a prompt, or why it has none. */
export type Tokenized =
  | { readonly kind: 'tokens'; readonly ids: readonly number[] }
  | { readonly kind: 'refused'; readonly violation: Violation };

/**
 * Runs sequences of one model on one device, and embeds texts with it.
 *
 * An implementation
 * - MUST give the events of each sequence in the order accepted, started, delta…, done, and call
 *   the plan's `onEnd` exactly once, before the reader sees the end;
 * - MUST give the same text for the same plan, whatever else runs;
 * - MUST stop a cancelled sequence and free its slot without a further token, and MUST NOT let one
 *   sequence's failure, cancellation or slow reader end or delay another;
 * - MUST refuse a submission beyond its queue instead of waiting, and MUST NOT evaluate past
 *   `contextTokens`;
 * - MUST hold a text to its plan's `format`, alone or beside others without one;
 * - MUST give the vectors of a plan in the order of its texts, each of length 1, the same for the same
 *   text whatever else runs, and call the plan's `onEnd` exactly once, before the reader sees the end;
 * - MUST end embedding before the next text once `signal` aborts, MUST NOT let one request's texts keep
 *   another's waiting for more than one text each, and MUST NOT hold memory for it before its first use;
 * - MUST NOT read control tokens out of a text or of a message's content;
 * - MUST NOT run in the async context of a request.
 * Plans are checked by the caller: token ids in range, prompt and completion within the context, each
 * text to embed within `embeddings.maxTokens`.
 * The opener owns it and MUST close it; after `close` nothing else may be called.
 */
export interface Backend {
  /** Name of the implementation as `gen_ai.provider.name` has it, such as "llama_cpp". */
  readonly provider: string;
  readonly model: BackendModel;
  readonly device: BackendDevice;
  /** Sequences that run at once. */
  readonly slots: number;
  readonly load: BackendLoad;
  /** Token ids by the model's own rules; a refusal names the field at fault. */
  tokenize(prompt: Prompt): Tokenized;
  readonly pieceOf: PieceOf;
  submit(plan: GenerationPlan): Submission;
  readonly embeddings: EmbeddingLimits;
  /** Token ids of a text as `embed` takes them; a refusal names the field `text`. */
  tokenizeForEmbedding(text: string): Tokenized;
  embed(plan: EmbeddingPlan): EmbeddingSubmission;
  /** Cancels what runs with `reason`, frees the device, and resolves within a few seconds. */
  close(reason: unknown): Promise<void>;
}
