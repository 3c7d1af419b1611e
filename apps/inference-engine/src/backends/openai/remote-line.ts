import type { GenerationTerms } from '../../domain/generation.ts';
import type { Submission } from '../../domain/scheduler-contract.ts';
import { SlotPool } from '../../domain/slot-pool.ts';
import { WaitingLine } from '../../domain/waiting-line.ts';
import type { RemotePrompt } from './request-body.ts';
import { RemoteSequence } from './remote-sequence.ts';

/** What a line works with. */
export interface RemoteLineOptions {
  readonly slots: number;
  /** Sequences that may wait for a slot. */
  readonly maxQueue: number;
  /** Tokens a reader may lag behind before no more is read from the server. */
  readonly maxUnreadTokens: number;
  readonly nowMs: () => number;
  /** Has the server run it, to its end; called outside of any request. MUST NOT reject. */
  readonly serve: (sequence: RemoteSequence) => Promise<void>;
}

/** The slots of a server that others run, and who waits for one of them. */
export class RemoteLine {
  readonly #options: RemoteLineOptions;
  readonly #free: SlotPool;
  readonly #waiting = new WaitingLine<RemoteSequence>();
  readonly #active = new Set<RemoteSequence>();
  readonly #serving = new Set<Promise<void>>();
  #closed = false;
  // Running mean from submission to the end; the hint to those who are refused.
  #requestMs = 0;
  #tokens = 0;

  constructor(options: RemoteLineOptions) {
    this.#options = options;
    this.#free = new SlotPool(options.slots);
  }

  get load() {
    return {
      active: this.#active.size,
      queued: this.#waiting.size,
      contextTokens: 0,
      steps: 0,
      stepSequences: 0,
      tokens: this.#tokens,
    };
  }

  submit(prompt: RemotePrompt, plan: GenerationTerms): Submission {
    const { maxQueue, maxUnreadTokens, nowMs } = this.#options;
    if (this.#closed) return { kind: 'closed' };
    if (this.#free.size === 0 && this.#waiting.size >= maxQueue)
      return { kind: 'queue_full', queued: this.#waiting.size, retryAfterMs: this.#retryAfterMs() };
    const queuePosition = this.#waiting.aheadOf(plan.priority);
    const sequence = new RemoteSequence(
      prompt,
      plan,
      { queuePosition, maxUnreadTokens },
      { nowMs, onEnded: this.#leave },
    );
    this.#waiting.add(sequence);
    this.#admit();
    // Whoever has to wait is told so.
    if (sequence.slot < 0) sequence.outbox.flush();
    return {
      kind: 'queued',
      generation: {
        [Symbol.asyncIterator]: () => sequence.outbox,
        cancel: (reason) => sequence.cancel(reason),
      },
    };
  }

  /** Takes nothing more, and ends what there is with `reason`. */
  async close(reason: unknown): Promise<void> {
    this.#closed = true;
    for (const sequence of [...this.#waiting, ...this.#active]) sequence.cancel(reason);
    await Promise.all(this.#serving);
  }

  #admit(): void {
    const nowMs = this.#options.nowMs();
    while (this.#free.size > 0) {
      const next = this.#waiting.takeDue(nowMs);
      if (next === undefined) break;
      next.start(this.#free.take(() => 0));
      this.#active.add(next);
      const served: Promise<void> = this.#options.serve(next).finally(() => this.#serving.delete(served));
      this.#serving.add(served);
    }
    this.#waiting.noteLeftBehind(nowMs);
  }

  readonly #leave = (sequence: RemoteSequence): void => {
    this.#waiting.remove(sequence);
    this.#tokens += sequence.tokens;
    if (!this.#active.delete(sequence)) return;
    const requestMs = this.#options.nowMs() - sequence.enqueuedAtMs;
    this.#requestMs = this.#requestMs === 0 ? requestMs : this.#requestMs * 0.9 + requestMs * 0.1;
    this.#free.give(sequence.slot);
    if (!this.#closed) this.#admit();
  };

  #retryAfterMs(): number {
    const turns = (this.#waiting.size + 1) / this.#options.slots;
    return Math.round(Math.min(5_000, Math.max(50, this.#requestMs * turns)));
  }
}
