import type { CallHeaders } from './generation.ts';

/** Who waits for texts to be embedded, whatever embeds them. */
export interface EmbeddingTerms {
  /** Ends the work, before the next text at the latest; its reason is the answer. */
  readonly signal: AbortSignal;
  /**
   * Told that another server is about to be asked, each time that it is. Gives what goes with the call.
   * Must not throw.
   */
  readonly onCall?: (enqueuedAtMs: number) => CallHeaders;
  /** Told exactly once how it went, before the reader sees the end. */
  readonly onEnd?: (record: EmbeddingRecord) => void;
}

/** Texts to embed in this process, as token ids. */
export interface EmbeddingPlan extends EmbeddingTerms {
  readonly texts: readonly (readonly number[])[];
}

/** How the embedding of a request's texts ended. */
export type EmbeddingOutcome =
  | { readonly kind: 'finished' }
  | { readonly kind: 'cancelled'; readonly reason: unknown }
  | { readonly kind: 'failed'; readonly reason: unknown };

/** How the embedding of a request's texts went; times are of the monotonic clock. */
export interface EmbeddingRecord {
  readonly outcome: EmbeddingOutcome;
  readonly enqueuedAtMs: number;
  readonly endedAtMs: number;
  /** Tokens of the texts that were embedded; absent where another server did not tell. */
  readonly inputTokens?: number;
}

/** How many texts at fault are told of: a status travels in trailers, which hold a few KiB. */
export const mostViolations = 8;

/** What became of a plan. */
export type EmbeddingSubmission =
  /** Vectors of length 1 in the order of the texts. */
  | { readonly kind: 'queued'; readonly vectors: Promise<readonly Float32Array[]> }
  | { readonly kind: 'queue_full'; readonly queued: number; readonly retryAfterMs: number }
  | { readonly kind: 'closed' };

/** What a model's embeddings are like. */
export interface EmbeddingLimits {
  /** Numbers of a vector; absent until it is known. */
  readonly dimensions?: number;
  /** Tokens of one text, whatever the model wants around it included; absent where another server decides. */
  readonly maxTokens?: number;
}

/** Embeds one text at a time. */
export interface Embedder {
  /** MUST give the same vector for the same ids, whatever else runs; of any length. */
  vectorOf(ids: readonly number[]): Promise<ArrayLike<number>>;
}

/** The vector's direction, as a vector of length 1. Throws where it has none. */
export function unitVector(vector: ArrayLike<number>): Float32Array {
  // A sum in double precision cannot overflow on what a model gives in single precision.
  let squares = 0;
  for (let index = 0; index < vector.length; index++) squares += (vector[index] ?? 0) ** 2;
  const length = Math.sqrt(squares);
  if (!(length > 0 && length < Infinity))
    throw new Error('The model gave a text a vector without direction.');
  return Float32Array.from(vector, (value) => value / length);
}
