import type { EmbeddingLimits, EmbeddingSubmission, EmbeddingTerms } from '../domain/embedding.ts';
import type { GenerationTerms, PieceOf } from '../domain/generation.ts';
import type { Prompt, Violation } from '../domain/prompt.ts';
import type { SchedulerLoad, Submission } from '../domain/scheduler-contract.ts';

/** What a backend runs. Numbers are 0 and texts empty where nobody tells. */
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
  /** `remote`: whatever another server has. */
  readonly kind: 'cpu' | 'gpu' | 'remote';
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

/** The model's tokenizer, in this process. */
export interface Tokenizer {
  /** Token ids by the model's own rules. MUST NOT read control tokens out of a text or of a message's content. */
  read(prompt: Prompt): Tokenized;
  /** Token ids of a text as they are embedded; a refusal names the field `text`. */
  readForEmbedding(text: string): Tokenized;
  readonly pieceOf: PieceOf;
}

/** What a Tokenize is answered. */
export type TokenCount =
  | Tokenized
  /** `reason` ends the sentence "This engine does not count these tokens: …". */
  | { readonly kind: 'not_offered'; readonly reason: string };

/** A prompt that its backend has read, and may run. */
export type Preparation =
  | {
      readonly kind: 'ready';
      /** What is generated at most; absent where another server has a default of its own. */
      readonly maxTokens: number | undefined;
      /** Runs it from now on. */
      submit(terms: GenerationTerms): Submission;
    }
  | { readonly kind: 'refused'; readonly violation: Violation };

/** Texts that their backend has read, and may embed. */
export type TextPreparation =
  | { readonly kind: 'ready'; submit(terms: EmbeddingTerms): EmbeddingSubmission }
  | { readonly kind: 'refused'; readonly violations: readonly Violation[] }
  | { readonly kind: 'not_offered'; readonly reason: string };

/** What not every backend can promise; the contract's tests hold it to either side. */
export interface BackendPromises {
  /** The same text for the same terms, whatever else runs. */
  readonly sameText: boolean;
  /** A text can be made to go on past its end. */
  readonly ignoresEos: boolean;
}

/** The server that runs a backend's model, where that is not this process. */
export interface RemoteServer {
  /** Host and port that are called. */
  readonly address: string;
  readonly port: number;
}

/**
 * Runs sequences of one model on one device, and embeds texts with it.
 *
 * An implementation
 * - MUST read a prompt by itself: into tokens where it has a `tokenizer`, and then MUST know its length,
 *   refuse what does not fit the context, and take ready token ids; else as it is, and then what does not
 *   fit ends the sequence with INVALID_ARGUMENT;
 * - MUST give the events of each sequence in the order accepted, started, delta…, done, and call
 *   `onEnd` exactly once, before the reader sees the end;
 * - MUST stop a cancelled sequence and free its slot without a further token, and MUST NOT let one
 *   sequence's failure, cancellation or slow reader end or delay another;
 * - MUST refuse a submission beyond its queue instead of waiting, and MUST NOT evaluate past
 *   `contextTokens`;
 * - MUST hold a text to its `format`, alone or beside others without one;
 * - MUST give the vectors of texts in their order, each of length 1, the same for the same text whatever
 *   else runs, and call `onEnd` exactly once, before the reader sees the end;
 * - MUST end embedding before the next text once `signal` aborts, MUST NOT let one request's texts keep
 *   another's waiting for more than one text each, or one call of another server, and MUST NOT hold memory
 *   for it before its first use;
 * - MUST call `onCall` before each call of another server, and send what it gives;
 * - MUST keep its `promises`, and MUST NOT run in the async context of a request.
 * Terms are checked by the caller. The opener owns it and MUST close it; after `close` nothing else may be
 * called.
 */
export interface Backend {
  /** Name of what runs the model as `gen_ai.provider.name` has it, such as "llama_cpp". */
  readonly provider: string;
  readonly model: BackendModel;
  readonly device: BackendDevice;
  /** Absent where the model runs in this process. */
  readonly remote?: RemoteServer;
  readonly promises: BackendPromises;
  /** Absent where another server has it. */
  readonly tokenizer?: Tokenizer;
  /** Sequences that run at once. */
  readonly slots: number;
  /** Requests for embeddings are among the active and queued. */
  readonly load: BackendLoad;
  /** False while it can run nothing. */
  readonly live: boolean;
  /** Told when `live` changed, from now on. */
  onLiveChange(listener: () => void): void;
  /** Reads a prompt whose completion is to have so many tokens, 0: as many as by default. */
  prepare(prompt: Prompt, wantedTokens: number): Preparation;
  /** Token ids of a prompt, by whoever knows. */
  tokenize(prompt: Prompt, signal: AbortSignal): Promise<TokenCount>;
  readonly embeddings: EmbeddingLimits;
  /** Reads texts, none of them empty; rejects with the reason of the signal where that aborts before. */
  prepareTexts(texts: readonly string[], signal: AbortSignal): Promise<TextPreparation>;
  /** Cancels what runs with `reason`, frees the device, and resolves within a few seconds. */
  close(reason: unknown): Promise<void>;
}
