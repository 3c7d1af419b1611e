import type {
  FinishReason,
  GenerationPlan,
  GenerationRecord,
  Outcome,
  PieceOf,
  Timings,
  Usage,
} from './generation.ts';
import { Outbox, type OutboxOwner } from './outbox.ts';
import { endOfText } from './sequence-runner.ts';
import { TextStream } from './text-stream.ts';
import { durationsUs } from './timings.ts';
import { queueReasonOf } from './waiting-line.ts';

/** Where a sequence stands. */
export type Stage = 'queued' | 'prefill' | 'decode' | 'ended';

/** One sequence from its submission to its end: progress, text, and what is measured of it. */
export class Sequence {
  readonly plan: GenerationPlan;
  readonly outbox: Outbox;
  readonly enqueuedAtMs: number;
  readonly queuePosition: number;
  stage: Stage = 'queued';
  slot = -1;
  /** Prompt tokens whose state the slot has. */
  evaluated = 0;
  /** Not to be worked on before this time; how planted delays lengthen a phase. */
  notBeforeMs: number;
  /** Prompt tokens of the call in flight. */
  inFlight = 0;
  /** Steps in a row that left its prompt out. */
  skipped = 0;
  /** Time of the step of prompts that it waited for since its last token. */
  heldUpMs = 0;
  /** Its prompt is being read beside the steps, which go on without it until that is done. */
  beside = false;
  /** What its slot holds is not to be relied on. */
  failed = false;
  /** Times that one which came later with a higher priority got a slot before it. */
  overtaken = 0;
  /** One that came earlier got a slot while it waited. */
  passed = false;
  /** A step went on without it, for want of a slot. */
  leftBehind = false;
  readonly #text: TextStream;
  #slotAtMs: number | undefined;
  #firstTokenAtMs: number | undefined;
  #endedAtMs = 0;
  #cached = 0;
  #chunks = 0;
  #tokens = 0;
  #unsent = 0;
  #batchSum = 0;
  #maxBatch = 1;
  #maxPrefillBatch = 1;
  #besideChunks = 0;
  readonly #delayed: boolean;
  #pausedAtMs: number | undefined;
  #pausedMs = 0;
  readonly #stepsMs: number[] = [];

  constructor(
    plan: GenerationPlan,
    enqueued: { atMs: number; queuePosition: number; notBeforeMs: number },
    owner: OutboxOwner,
    maxUnreadTokens: number,
  ) {
    this.plan = plan;
    this.enqueuedAtMs = enqueued.atMs;
    this.queuePosition = enqueued.queuePosition;
    this.notBeforeMs = enqueued.notBeforeMs;
    this.#delayed = enqueued.notBeforeMs > enqueued.atMs;
    this.#text = new TextStream(plan.stop);
    this.outbox = new Outbox(owner, maxUnreadTokens);
    this.outbox.addAccepted({
      type: 'accepted',
      queuePosition: this.queuePosition,
      promptTokens: plan.prompt.length,
    });
  }

  /** Prompt tokens still to evaluate. */
  get remaining(): number {
    return this.plan.prompt.length - this.evaluated;
  }

  /** Tokens of context it has used up so far. */
  get contextTokens(): number {
    return this.stage === 'decode' ? this.plan.prompt.length + this.#tokens : this.evaluated;
  }

  /** It has a slot. */
  start(slot: number, cached: number, atMs: number): void {
    this.stage = 'prefill';
    this.slot = slot;
    this.evaluated = cached;
    this.#cached = cached;
    this.#slotAtMs = atMs;
    this.outbox.addStarted({ type: 'started', slot, cachedPromptTokens: cached });
  }

  /** A chunk of the prompt was evaluated beside the steps. */
  readBeside(tokens: number): void {
    this.evaluated += tokens;
    this.#besideChunks++;
    this.#countChunk(1);
  }

  /** What was read beside the steps is lost. */
  forgetPrompt(): void {
    this.evaluated = 0;
    this.#besideChunks = 0;
  }

  /** A chunk of the prompt was evaluated in a step. */
  chunkDone(step: { batch: number }): void {
    this.evaluated += this.inFlight;
    this.#countChunk(step.batch);
  }

  /** Whether it may be in the next step: its time has come, and its reader is not too far behind. */
  ready(nowMs: number): boolean {
    if (this.notBeforeMs > nowMs) return false;
    if (this.outbox.lagging) {
      this.#pausedAtMs ??= nowMs;
      return false;
    }
    this.#resume(nowMs);
    return true;
  }

  /** A token, or the end of the text, was sampled in a step. Gives true once the sequence is over. */
  sampled(token: number, pieceOf: PieceOf, step: { endedAtMs: number; ms: number; batch: number }): boolean {
    if (this.stage === 'prefill') {
      this.evaluated = this.plan.prompt.length;
      this.#countChunk(step.batch);
      this.#firstTokenAtMs = step.endedAtMs;
      this.stage = 'decode';
    } else {
      // To a reader the wait for others' prompts is part of the step that follows.
      this.#stepsMs.push(this.heldUpMs + step.ms);
      this.heldUpMs = 0;
      this.#batchSum += step.batch;
      if (step.batch > this.#maxBatch) this.#maxBatch = step.batch;
    }
    if (token === endOfText) return this.#finish('stop', step.endedAtMs);
    this.#tokens++;
    const text = this.#text.push(pieceOf(token));
    if (text === '') this.#unsent++;
    else {
      this.outbox.addText(text, this.#unsent + 1);
      this.#unsent = 0;
    }
    if (this.#text.stopped) return this.#finish('stop', step.endedAtMs);
    return this.#tokens < this.plan.maxTokens ? false : this.#finish('length', step.endedAtMs);
  }

  /** It ends by cancellation or failure. */
  abandon(outcome: Outcome, atMs: number): void {
    this.stage = 'ended';
    this.#endedAtMs = atMs;
    this.#resume(atMs);
    this.failed = outcome.kind === 'failed';
    if (outcome.kind !== 'finished') this.outbox.fail(outcome.reason);
    this.plan.onEnd?.(this.#record(outcome));
  }

  #finish(finishReason: FinishReason, atMs: number): boolean {
    this.stage = 'ended';
    this.#endedAtMs = atMs;
    const rest = this.#text.end();
    if (rest !== '' || this.#unsent > 0) this.outbox.addText(rest, this.#unsent);
    this.outbox.addDone({ type: 'done', finishReason, usage: this.#usage(), timings: this.#timings() });
    this.plan.onEnd?.(this.#record({ kind: 'finished', finishReason }));
    return true;
  }

  #record(outcome: Outcome): GenerationRecord {
    return {
      plan: this.plan,
      outcome,
      enqueuedAtMs: this.enqueuedAtMs,
      ...(this.#slotAtMs === undefined ? {} : { slotAtMs: this.#slotAtMs }),
      ...(this.#firstTokenAtMs === undefined ? {} : { firstTokenAtMs: this.#firstTokenAtMs }),
      endedAtMs: this.#endedAtMs,
      queuePosition: this.queuePosition,
      queueReason: queueReasonOf(this, this.#delayed),
      usage: this.#usage(),
      timings: this.#timings(),
      run: {
        kind: 'steps',
        prefillChunks: this.#chunks,
        maxPrefillBatch: this.#maxPrefillBatch,
        besideSteps: this.#besideChunks > 0,
        maxBatch: this.#maxBatch,
        pausedMs: this.#pausedMs,
        stepsMs: this.#stepsMs,
      },
    };
  }

  #countChunk(batch: number): void {
    this.#chunks++;
    if (batch > this.#maxPrefillBatch) this.#maxPrefillBatch = batch;
  }

  #resume(atMs: number): void {
    if (this.#pausedAtMs === undefined) return;
    this.#pausedMs += atMs - this.#pausedAtMs;
    this.#pausedAtMs = undefined;
  }

  #usage(): Usage {
    return {
      promptTokens: this.plan.prompt.length,
      cachedPromptTokens: this.#cached,
      completionTokens: this.#tokens,
    };
  }

  #timings(): Timings {
    const steps = this.#stepsMs.length;
    return {
      ...durationsUs({
        enqueuedAtMs: this.enqueuedAtMs,
        slotAtMs: this.#slotAtMs,
        firstTokenAtMs: this.#firstTokenAtMs,
        endedAtMs: this.#endedAtMs,
      }),
      steps,
      meanBatch: steps === 0 ? 1 : this.#batchSum / steps,
    };
  }
}
