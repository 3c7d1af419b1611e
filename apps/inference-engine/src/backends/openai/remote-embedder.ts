import { RpcError } from '@ryzanstein/rpc';
import type { Clock } from '@ryzanstein/runtime';
import {
  unitVector,
  type EmbeddingOutcome,
  type EmbeddingSubmission,
  type EmbeddingTerms,
} from '../../domain/embedding.ts';
import type { CallHeaders } from '../../domain/generation.ts';
import { countOf, fieldsOf } from './answer-piece.ts';
import { brokenStream, CallFailure } from './call-failure.ts';
import type { RemoteApi } from './remote-api.ts';
import { pause, pauseAfter } from './retry-pause.ts';

/** What an embedder works with. */
export interface RemoteEmbedderOptions {
  readonly api: RemoteApi;
  readonly model: string;
  /** Requests at once; more are refused. */
  readonly most: number;
  readonly clock: Clock;
  readonly random: () => number;
  /** Runs work outside of the context of whoever asked for it. */
  readonly outside: <T>(work: () => T) => T;
  readonly onFailure: (failure: CallFailure) => void;
}

interface Embedded {
  readonly vectors: readonly Float32Array[];
  readonly inputTokens: number | undefined;
}

const retryAfterMs = 1_000;

/** Has a server embed texts, one call a request. */
export class RemoteEmbedder {
  readonly #options: RemoteEmbedderOptions;
  readonly #closing = new AbortController();
  readonly #running = new Set<Promise<unknown>>();
  #format: 'base64' | 'float' = 'base64';
  /** Numbers of a vector, once there was one. */
  dimensions: number | undefined;

  constructor(options: RemoteEmbedderOptions) {
    this.#options = options;
  }

  /** Requests that are with the server. */
  get active(): number {
    return this.#running.size;
  }

  submit(texts: readonly string[], terms: EmbeddingTerms): EmbeddingSubmission {
    if (this.#closing.signal.aborted) return { kind: 'closed' };
    if (this.#running.size >= this.#options.most)
      return { kind: 'queue_full', queued: this.#running.size, retryAfterMs };
    // Whoever sees the end no longer finds it in the load.
    const vectors: Promise<readonly Float32Array[]> = this.#options
      .outside(() => this.#run(texts, terms))
      .finally(() => this.#running.delete(vectors));
    this.#running.add(vectors);
    return { kind: 'queued', vectors };
  }

  async close(reason: unknown): Promise<void> {
    this.#closing.abort(reason);
    await Promise.allSettled(this.#running);
  }

  async #run(
    texts: readonly string[],
    { signal: own, onCall, onEnd }: EmbeddingTerms,
  ): Promise<readonly Float32Array[]> {
    const { clock, onFailure } = this.#options;
    const signal = AbortSignal.any([own, this.#closing.signal]);
    const enqueuedAtMs = clock.monotonicMs();
    const end = (outcome: EmbeddingOutcome, inputTokens?: number): void =>
      onEnd?.({
        outcome,
        enqueuedAtMs,
        endedAtMs: clock.monotonicMs(),
        ...(inputTokens === undefined ? {} : { inputTokens }),
      });
    try {
      const headers = onCall?.(enqueuedAtMs) ?? {};
      const { vectors, inputTokens } = await this.#insist(texts, headers, signal);
      signal.throwIfAborted();
      end({ kind: 'finished' }, inputTokens);
      return vectors;
    } catch (failure) {
      if (failure instanceof CallFailure) onFailure(failure);
      const cause: unknown = failure instanceof CallFailure ? failure.error : failure;
      const reason: unknown = signal.aborted ? signal.reason : cause;
      end({ kind: signal.aborted ? 'cancelled' : 'failed', reason });
      throw reason;
    }
  }

  async #insist(texts: readonly string[], headers: CallHeaders, signal: AbortSignal): Promise<Embedded> {
    const { clock, random } = this.#options;
    for (let attempts = 1; ; attempts++) {
      try {
        return await this.#ask(texts, headers, signal);
      } catch (reason) {
        if (!(reason instanceof CallFailure) || !reason.mayPass) throw reason;
        const pauseMs = pauseAfter(attempts, reason.error.retryAfterMs, random());
        if (pauseMs === undefined) throw reason;
        await pause(pauseMs, signal, clock);
        signal.throwIfAborted();
      }
    }
  }

  async #ask(texts: readonly string[], headers: CallHeaders, signal: AbortSignal): Promise<Embedded> {
    const { api, model } = this.#options;
    const format = this.#format;
    let answer: unknown;
    try {
      const body = { model, input: texts, encoding_format: format };
      answer = await api.postJson('/embeddings', body, { headers, signal, texts });
    } catch (reason) {
      const knowsNoBase64 =
        reason instanceof CallFailure &&
        reason.status !== undefined &&
        String(reason.said['message']).includes('encoding_format');
      if (format !== 'base64' || !knowsNoBase64) throw reason;
      this.#format = 'float';
      return this.#ask(texts, headers, signal);
    }
    const { data, usage } = fieldsOf(answer);
    const vectors = Array.isArray(data) ? inOrder(data, texts.length) : undefined;
    if (vectors === undefined) throw brokenStream(`answers ${texts.length} texts without a vector for each`);
    this.dimensions = vectors[0]?.length;
    const tokens = fieldsOf(usage);
    return { vectors, inputTokens: countOf(tokens['prompt_tokens']) ?? countOf(tokens['total_tokens']) };
  }
}

/** A vector for each text; undefined where one is missing, or none at all. */
function inOrder(data: readonly unknown[], count: number): readonly Float32Array[] | undefined {
  const vectors: Float32Array[] = [];
  for (const [place, one] of data.entries()) {
    const { index, embedding } = fieldsOf(one);
    const vector = vectorOf(embedding);
    if (vector === undefined) return undefined;
    vectors[countOf(index) ?? place] = vector;
  }
  const whole = vectors.length === count && Object.keys(vectors).length === count;
  return whole && vectors.every(({ length }) => length === vectors[0]?.length) ? vectors : undefined;
}

function vectorOf(embedding: unknown): Float32Array | undefined {
  if (typeof embedding === 'string') {
    const bytes = Buffer.from(embedding, 'base64');
    if (bytes.length === 0 || bytes.length % 4 !== 0) return undefined;
    return unit(Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readFloatLE(4 * index)));
  }
  if (!Array.isArray(embedding) || !embedding.every((one) => typeof one === 'number')) return undefined;
  return unit(embedding);
}

function unit(vector: readonly number[]): Float32Array {
  try {
    return unitVector(vector);
  } catch (cause) {
    throw new RpcError(
      'UNAVAILABLE',
      'The server that runs the model gave a text a vector without direction.',
      { cause },
    );
  }
}
