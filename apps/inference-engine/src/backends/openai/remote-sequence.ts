import type {
  FinishReason,
  GenerationRecord,
  GenerationTerms,
  Outcome,
  Timings,
  Usage,
} from '../../domain/generation.ts';
import { Outbox } from '../../domain/outbox.ts';
import { durationsUs } from '../../domain/timings.ts';
import { queueReasonOf, type Waiting } from '../../domain/waiting-line.ts';
import type { AnswerPiece } from './answer-piece.ts';
import type { RemotePrompt } from './request-body.ts';

/** What a sequence needs of who runs it. */
export interface RemoteSequenceOwner {
  nowMs(): number;
  /** It ended, whichever way; its slot is free from now on. */
  onEnded(sequence: RemoteSequence): void;
}

/** One sequence that another server runs, from its submission to its end. */
export class RemoteSequence implements Waiting {
  readonly prompt: RemotePrompt;
  readonly plan: GenerationTerms;
  readonly outbox: Outbox;
  readonly enqueuedAtMs: number;
  readonly queuePosition: number;
  readonly notBeforeMs = 0;
  overtaken = 0;
  passed = false;
  leftBehind = false;
  slot = -1;
  ended = false;
  /** How often the server was asked. */
  attempts = 0;
  /** HTTP status of its last answer. */
  status: number | undefined;
  readonly #owner: RemoteSequenceOwner;
  readonly #gone = new AbortController();
  #slotAtMs: number | undefined;
  #firstTokenAtMs: number | undefined;
  #endedAtMs = 0;
  #deltas = 0;
  #told: Pick<AnswerPiece, 'finish' | 'usage' | 'prefillMs' | 'decodeMs'> = {};
  #drained: (() => void) | undefined;

  constructor(
    prompt: RemotePrompt,
    plan: GenerationTerms,
    { queuePosition, maxUnreadTokens }: { readonly queuePosition: number; readonly maxUnreadTokens: number },
    owner: RemoteSequenceOwner,
  ) {
    this.prompt = prompt;
    this.plan = plan;
    this.queuePosition = queuePosition;
    this.#owner = owner;
    this.enqueuedAtMs = owner.nowMs();
    this.outbox = new Outbox(
      {
        onDrained: () => this.#drained?.(),
        onAbandoned: () => this.cancel(readerLeft()),
      },
      maxUnreadTokens,
    );
    this.outbox.addAccepted({ type: 'accepted', queuePosition });
  }

  /** Aborts once it has ended. */
  get signal(): AbortSignal {
    return this.#gone.signal;
  }

  /** Something of its text is there: it cannot begin anew. */
  get hasBegun(): boolean {
    return this.#firstTokenAtMs !== undefined;
  }

  /** The server said how the text ended. */
  get isComplete(): boolean {
    return this.#told.finish === 'stop' || this.#told.finish === 'length';
  }

  /** Pieces of its text so far. */
  get tokens(): number {
    return this.#deltas;
  }

  /** It has a slot. */
  start(slot: number): void {
    this.slot = slot;
    this.#slotAtMs = this.#owner.nowMs();
    this.outbox.addStarted({ type: 'started', slot });
    this.outbox.flush();
  }

  /** A piece has come. */
  take(piece: AnswerPiece): void {
    if (this.ended) return;
    this.#told = { ...this.#told, ...piece };
    if (!piece.isToken) return;
    this.#firstTokenAtMs ??= this.#owner.nowMs();
    this.#deltas++;
    this.outbox.addText(piece.text, 1);
    this.outbox.flush();
  }

  /** Resolves once the reader is not too far behind. */
  async caughtUp(): Promise<void> {
    if (!this.outbox.lagging || this.ended) return;
    await new Promise<void>((resolve) => (this.#drained = resolve));
    this.#drained = undefined;
  }

  /** All of it has come. */
  finish(): void {
    if (this.ended) return;
    const finishReason: FinishReason = this.#told.finish === 'length' ? 'length' : 'stop';
    this.#end({ kind: 'finished', finishReason });
    const usage = this.#usage();
    // Servers may send several tokens in one piece.
    const unsaid = usage.completionTokens - this.#deltas;
    if (unsaid > 0) this.outbox.addText('', unsaid);
    this.outbox.addDone({ type: 'done', finishReason, usage, timings: this.#timings() });
    this.outbox.flush();
  }

  /** The server could not run it. */
  fail(reason: unknown): void {
    this.#abandon({ kind: 'failed', reason });
  }

  /** Ends it for its reader, and the call with it. */
  cancel(reason: unknown): void {
    this.#abandon({ kind: 'cancelled', reason });
  }

  #abandon(outcome: Exclude<Outcome, { kind: 'finished' }>): void {
    if (this.ended) return;
    this.#end(outcome);
    this.#gone.abort(outcome.reason);
    this.outbox.fail(outcome.reason);
    this.#drained?.();
  }

  #end(outcome: Outcome): void {
    this.ended = true;
    this.#endedAtMs = this.#owner.nowMs();
    // A text without a token was over when its first one would have come.
    if (outcome.kind === 'finished') this.#firstTokenAtMs ??= this.#endedAtMs;
    this.#owner.onEnded(this);
    this.plan.onEnd?.(this.#record(outcome));
  }

  #record(outcome: Outcome): GenerationRecord {
    const { usage, prefillMs, decodeMs } = this.#told;
    return {
      plan: this.plan,
      outcome,
      enqueuedAtMs: this.enqueuedAtMs,
      ...(this.#slotAtMs === undefined ? {} : { slotAtMs: this.#slotAtMs }),
      ...(this.#firstTokenAtMs === undefined ? {} : { firstTokenAtMs: this.#firstTokenAtMs }),
      endedAtMs: this.#endedAtMs,
      queuePosition: this.queuePosition,
      queueReason: queueReasonOf(this, false),
      usage: this.#usage(),
      timings: this.#timings(),
      run: {
        kind: 'remote',
        attempts: this.attempts,
        ...(this.status === undefined ? {} : { httpStatus: this.status }),
        tokensFrom: usage === undefined ? 'deltas' : 'usage',
        ...(prefillMs === undefined ? {} : { prefillMs }),
        ...(decodeMs === undefined ? {} : { decodeMs }),
      },
    };
  }

  #usage(): Usage {
    return this.#told.usage ?? { completionTokens: this.#deltas };
  }

  #timings(): Timings {
    const moments = {
      enqueuedAtMs: this.enqueuedAtMs,
      slotAtMs: this.#slotAtMs,
      firstTokenAtMs: this.#firstTokenAtMs,
      endedAtMs: this.#endedAtMs,
    };
    // Its steps, and who shared them, are the server's to know.
    return { ...durationsUs(moments), steps: 0, meanBatch: 1 };
  }
}

/** Named as the platform names what a caller gave up. */
function readerLeft(): Error {
  const error = new Error('the reader left');
  error.name = 'AbortError';
  return error;
}
