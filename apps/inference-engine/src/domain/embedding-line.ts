import {
  unitVector,
  type Embedder,
  type EmbeddingOutcome,
  type EmbeddingPlan,
  type EmbeddingSubmission,
} from './embedding.ts';

/** What a line works with. */
export interface EmbeddingLineOptions {
  /** Called for the first text; again for a later one where it failed. */
  readonly open: () => Promise<Embedder>;
  readonly clock: { monotonicMs(): number };
  /** Runs work outside of the context of whoever asked for it. */
  readonly outside: <T>(work: () => T) => T;
  /** Requests that may wait while one is served. */
  readonly maxQueue: number;
}

const retryAfterMs = 1_000;

/**
 * Shares one embedder among requests, text by text: each request that waits has its turn before
 * another has its second, so that long requests do not hold up short ones.
 */
export class EmbeddingLine {
  readonly #options: EmbeddingLineOptions;
  readonly #closing = new AbortController();
  readonly #running = new Set<Promise<unknown>>();
  readonly #waiting: (() => void)[] = [];
  #busy = false;
  #embedder: Promise<Embedder> | undefined;

  constructor(options: EmbeddingLineOptions) {
    this.#options = options;
  }

  /** Requests: the one whose text is embedded, and those that wait for their turn. */
  get load(): { readonly active: number; readonly queued: number } {
    const active = Math.min(1, this.#running.size);
    return { active, queued: this.#running.size - active };
  }

  /** Begins to embed the texts of a plan, or says why not. */
  submit(plan: EmbeddingPlan): EmbeddingSubmission {
    if (this.#closing.signal.aborted) return { kind: 'closed' };
    if (this.#running.size > this.#options.maxQueue)
      return { kind: 'queue_full', queued: this.#running.size, retryAfterMs };
    // Whoever sees the end no longer finds it in the load.
    const vectors: Promise<readonly Float32Array[]> = this.#options
      .outside(() => this.#run(plan))
      .finally(() => this.#running.delete(vectors));
    this.#running.add(vectors);
    return { kind: 'queued', vectors };
  }

  /** Ends every request before its next text, and resolves when no text is at work. */
  async close(reason: unknown): Promise<void> {
    this.#closing.abort(reason);
    await Promise.allSettled(this.#running);
  }

  async #run({ texts, signal: own, onEnd }: EmbeddingPlan): Promise<readonly Float32Array[]> {
    const { clock } = this.#options;
    const signal = AbortSignal.any([own, this.#closing.signal]);
    const enqueuedAtMs = clock.monotonicMs();
    let inputTokens = 0;
    const end = (outcome: EmbeddingOutcome): void =>
      onEnd?.({ outcome, enqueuedAtMs, endedAtMs: clock.monotonicMs(), inputTokens });
    const vectors: Float32Array[] = [];
    try {
      for (const ids of texts) {
        await this.#turn(signal);
        try {
          const embedder = await this.#opened();
          vectors.push(unitVector(await embedder.vectorOf(ids)));
          inputTokens += ids.length;
        } finally {
          this.#pass();
        }
      }
      signal.throwIfAborted();
    } catch (failure) {
      const reason: unknown = signal.aborted ? signal.reason : failure;
      end({ kind: signal.aborted ? 'cancelled' : 'failed', reason });
      throw reason;
    }
    end({ kind: 'finished' });
    return vectors;
  }

  #opened(): Promise<Embedder> {
    this.#embedder ??= this.#options.open().catch((reason: unknown) => {
      this.#embedder = undefined;
      throw reason;
    });
    return this.#embedder;
  }

  /** Waits for the embedder; whoever comes back passes it on. */
  async #turn(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (!this.#busy) {
      this.#busy = true;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const take = (): void => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const leave = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(take), 1);
        reject(signal.reason);
      };
      signal.addEventListener('abort', leave, { once: true });
      this.#waiting.push(take);
    });
  }

  #pass(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#busy = false;
    else next();
  }
}
