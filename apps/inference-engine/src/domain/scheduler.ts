import type { GenerationPlan, PieceOf } from './generation.ts';
import { PromptShare } from './prompt-share.ts';
import { ReadingLine } from './reading-line.ts';
import type {
  SchedulerLoad,
  SchedulerOptions,
  SchedulerParts,
  StepClock,
  Submission,
} from './scheduler-contract.ts';
import { Sequence } from './sequence.ts';
import type { SequenceRunner } from './sequence-runner.ts';
import { SlotPool } from './slot-pool.ts';
import { WaitingLine } from './waiting-line.ts';

/**
 * Continuous batching in lock-step. A step is one batch: all sequences that can decode are driven
 * in the same tick and awaited together. While there are prompts to read, every other step reads
 * chunks of them, as the `PromptShare` allows. Between steps sequences leave and join, in the order
 * of the `WaitingLine`.
 *
 * Where the runner has a reader, long prompts that come while others are at work are read beside
 * the steps, by the `ReadingLine`, and join them with their last token.
 *
 * Decodes and prompts never share a batch: llama.cpp computes one whose sequences have unequal
 * numbers of tokens in several passes, so that mixing saves none and only makes sizes that its
 * kernels are slow at. And a token that is ready does not wait for a prompt to be read.
 *
 * The loop runs in the async context of the constructor, never in that of a request.
 */
export class Scheduler {
  readonly #runner: SequenceRunner;
  readonly #clock: StepClock;
  readonly #pieceOf: PieceOf;
  readonly #afterDispatch: SchedulerParts['afterDispatch'];
  readonly #options: SchedulerOptions;
  readonly #free: SlotPool;
  readonly #share: PromptShare;
  readonly #reading: ReadingLine | undefined;
  readonly #queue = new WaitingLine();
  #active: Sequence[] = [];
  readonly #members: Sequence[] = [];
  readonly #calls: Promise<number | void>[] = [];
  /** Of the step being made: tokens of prompts, and who could decode but waits for them. */
  #promptTokens = 0;
  #heldUp: readonly Sequence[] = [];
  /** Got a slot since the last step, and nobody was told. */
  readonly #joined = new Set<Sequence>();
  #unflushed: Sequence[] = [];
  #flushPlanned = false;
  #wake: (() => void) | undefined;
  #closed = false;
  // Running mean from submission to the end; the hint to those who are refused.
  #requestMs = 0;
  #steps = 0;
  #stepSequences = 0;
  #tokens = 0;

  /** Settles when the loop has ended: after `close`, or by rejection after a defect of the runner. */
  readonly finished: Promise<void>;

  constructor(parts: SchedulerParts, options: SchedulerOptions) {
    const { runner, clock, pieceOf, afterDispatch, stepCosts, onReaderFailed } = parts;
    this.#runner = runner;
    this.#clock = clock;
    this.#pieceOf = pieceOf;
    this.#afterDispatch = afterDispatch;
    // With every slot decoding, a prompt must still get a token in.
    this.#options = { ...options, batchTokens: Math.max(options.batchTokens, runner.slots + 1) };
    this.#share = new PromptShare(this.#options, stepCosts);
    this.#free = new SlotPool(runner.slots);
    if (runner.reader !== undefined)
      this.#reading = new ReadingLine(runner.reader, this.#share, {
        chunkTokens: options.chunkTokens,
        onReady: () => this.#wakeUp(),
        onFailed: (reason) => onReaderFailed?.(reason),
      });
    this.finished = this.#run();
  }

  /** Queues a sequence; it may join the next step. */
  submit(plan: GenerationPlan): Submission {
    if (this.#closed) return { kind: 'closed' };
    // Those at the head of the queue are about to take the free slots.
    if (this.#queue.size >= this.#options.maxQueue + this.#free.size)
      return { kind: 'queue_full', queued: this.#queue.size, retryAfterMs: this.#retryAfterMs() };
    const atMs = this.#clock.monotonicMs();
    const sequence: Sequence = new Sequence(
      plan,
      {
        atMs,
        queuePosition: this.#queue.aheadOf(plan.priority),
        notBeforeMs: atMs + (this.#options.delaysMs.queue ?? 0),
      },
      {
        onDrained: () => this.#wakeUp(),
        onAbandoned: () => this.#cancel(sequence, readerLeft()),
      },
      this.#options.maxUnreadTokens,
    );
    this.#queue.add(sequence);
    // Whoever has to wait is told so. Who has not hears of it with what the next step makes.
    if (this.#queue.size > this.#free.size || sequence.notBeforeMs > atMs) sequence.outbox.flush();
    this.#wakeUp();
    return {
      kind: 'queued',
      generation: {
        [Symbol.asyncIterator]: () => sequence.outbox,
        cancel: (reason) => this.#cancel(sequence, reason),
      },
    };
  }

  get load(): SchedulerLoad {
    let contextTokens = 0;
    for (const sequence of this.#active) contextTokens += sequence.contextTokens;
    return {
      active: this.#active.length,
      queued: this.#queue.size,
      contextTokens,
      steps: this.#steps,
      stepSequences: this.#stepSequences,
      tokens: this.#tokens,
    };
  }

  /** Takes nothing more, cancels what there is with `reason`, and resolves when all slots are free. */
  async close(reason: unknown): Promise<void> {
    this.#closed = true;
    for (const sequence of [...this.#queue, ...this.#active]) this.#cancel(sequence, reason);
    this.#wakeUp();
    await this.finished;
  }

  #cancel(sequence: Sequence, reason: unknown): void {
    if (sequence.stage === 'ended') return;
    // It may leave before a step went on without it.
    if (this.#queue.remove(sequence) && this.#free.size === 0) sequence.leftBehind = true;
    sequence.abandon({ kind: 'cancelled', reason }, this.#clock.monotonicMs());
    this.#wakeUp();
  }

  async #run(): Promise<void> {
    try {
      // The constructor returns before the first turn.
      await Promise.resolve();
      for (;;) {
        this.#leave();
        const nowMs = this.#clock.monotonicMs();
        const joining = this.#admit(nowMs);
        if (joining.length > 0) await Promise.all(joining);
        this.#gather(nowMs);
        if (this.#calls.length > 0) await this.#step();
        else if (this.#closed && this.#active.length === 0) return await this.#reading?.ended;
        else await this.#idle(nowMs);
      }
    } catch (defect) {
      this.#closed = true;
      for (const sequence of [...this.#queue.clear(), ...this.#active.splice(0)]) {
        if (sequence.stage !== 'ended')
          sequence.abandon({ kind: 'failed', reason: defect }, this.#clock.monotonicMs());
      }
      throw defect;
    }
  }

  #leave(): void {
    let kept = 0;
    for (const sequence of this.#active) {
      if (sequence.stage === 'ended') this.#vacate(sequence);
      else this.#active[kept++] = sequence;
    }
    this.#active.length = kept;
  }

  #vacate(sequence: Sequence): void {
    this.#runner.release(sequence.slot, !sequence.failed);
    this.#free.give(sequence.slot);
    const requestMs = this.#clock.monotonicMs() - sequence.enqueuedAtMs;
    this.#requestMs = this.#requestMs === 0 ? requestMs : this.#requestMs * 0.9 + requestMs * 0.1;
  }

  #admit(nowMs: number): Promise<void>[] {
    const joining: Promise<void>[] = [];
    while (this.#free.size > 0) {
      const next = this.#queue.takeDue(nowMs);
      if (next === undefined) break;
      const { prompt } = next.plan;
      next.slot = this.#free.take((candidate) => this.#runner.heldPrefix(candidate, prompt));
      this.#active.push(next);
      joining.push(this.#join(next, nowMs));
    }
    this.#queue.noteLeftBehind(nowMs);
    return joining;
  }

  async #join(sequence: Sequence, nowMs: number): Promise<void> {
    try {
      const cached = await this.#runner.begin(sequence.slot, sequence.plan);
      // It may have been cancelled meanwhile; then it leaves before the next step.
      if (sequence.stage !== 'queued') return;
      sequence.start(sequence.slot, cached, nowMs);
      sequence.notBeforeMs = nowMs + (this.#options.delaysMs.prefill ?? 0);
      this.#joined.add(sequence);
    } catch (reason) {
      if (sequence.stage !== 'ended') sequence.abandon({ kind: 'failed', reason }, nowMs);
    }
  }

  /** Has long prompts read beside the steps if others are at work; gives those left to the steps. */
  #parted(prompts: Sequence[], othersDecode: boolean): Sequence[] {
    if (this.#reading?.open !== true || (!othersDecode && prompts.length < 2)) return prompts;
    const long = prompts.filter(({ remaining }) => remaining > this.#options.chunkTokens);
    // While nobody decodes, the steps have time for one.
    if (!othersDecode && long.length === prompts.length) long.shift();
    for (const sequence of long) this.#reading.add(sequence);
    return prompts.filter(({ beside }) => !beside);
  }

  #gather(nowMs: number): void {
    const promptsAreNext = this.#promptTokens === 0;
    this.#members.length = 0;
    this.#calls.length = 0;
    this.#promptTokens = 0;
    this.#heldUp = [];
    const decoding: Sequence[] = [];
    let prompts: Sequence[] = [];
    for (const sequence of this.#active) {
      if (sequence.beside || (sequence.stage !== 'decode' && sequence.stage !== 'prefill')) continue;
      // The last token of a prompt is one token like those that others decode, and goes with them.
      const reads = sequence.stage === 'prefill' && sequence.remaining > 1;
      if (sequence.ready(nowMs)) (reads ? prompts : decoding).push(sequence);
    }
    prompts = this.#parted(prompts, decoding.length > 0);
    if (prompts.length + decoding.length === 0) {
      const next = this.#reading?.takeBack();
      if (next !== undefined) prompts.push(next);
    }
    if (prompts.length > 0 && (promptsAreNext || decoding.length === 0)) {
      this.#heldUp = decoding;
      this.#gatherPrompts(prompts);
    } else for (const sequence of decoding) this.#driveLast(sequence);
    this.#unflushed.push(...this.#joined);
    this.#joined.clear();
  }

  #gatherPrompts(prompts: readonly Sequence[]): void {
    const budget = this.#share.budget(this.#heldUp.length);
    for (const sequence of this.#share.order(prompts)) {
      const chunk = this.#share.chunk(sequence, budget - this.#promptTokens);
      if (chunk === 0) continue;
      this.#promptTokens += chunk;
      if (chunk === sequence.remaining) {
        this.#driveLast(sequence);
      } else {
        sequence.inFlight = chunk;
        this.#drive(sequence, this.#runner.prefill(sequence.slot, chunk));
      }
    }
  }

  /** With all that is left of its prompt, or the token sampled before. */
  #driveLast(sequence: Sequence): void {
    // The last chunk samples at once: one step less to the first token. A prompt of one chunk
    // announces itself together with that token: one wake-up of the reader instead of three.
    this.#joined.delete(sequence);
    sequence.inFlight = 0;
    this.#drive(sequence, this.#runner.decode(sequence.slot));
  }

  #drive(sequence: Sequence, call: Promise<number | void>): void {
    this.#members.push(sequence);
    this.#calls.push(call);
  }

  async #step(): Promise<void> {
    const startedAtMs = this.#clock.monotonicMs();
    this.#planFlush();
    let results: readonly (number | void | StepFailure)[];
    try {
      results = await Promise.all(this.#calls);
    } catch {
      const settled = await Promise.allSettled(this.#calls);
      results = settled.map((one) => (one.status === 'fulfilled' ? one.value : new StepFailure(one.reason)));
    }
    const endedAtMs = this.#clock.monotonicMs();
    const step = { endedAtMs, ms: endedAtMs - startedAtMs, batch: this.#members.length };
    const ofPrompts = this.#promptTokens > 0;
    this.#share.learn({
      ms: step.ms,
      decodes: ofPrompts ? 0 : step.batch,
      prompts: ofPrompts ? step.batch : 0,
      promptTokens: this.#promptTokens,
    });
    for (const sequence of this.#heldUp) if (sequence.stage === 'decode') sequence.heldUpMs += step.ms;
    this.#steps++;
    this.#stepSequences += step.batch;
    for (let index = 0; index < this.#members.length; index++) {
      const sequence = this.#members[index];
      // What a cancelled sequence's last step gave is dropped.
      if (sequence === undefined || sequence.stage === 'ended') continue;
      this.#apply(sequence, results[index], step);
    }
  }

  #apply(
    sequence: Sequence,
    result: number | void | StepFailure,
    step: { endedAtMs: number; ms: number; batch: number },
  ): void {
    if (result instanceof StepFailure) {
      sequence.abandon({ kind: 'failed', reason: result.reason }, step.endedAtMs);
    } else if (typeof result === 'number') {
      const first = sequence.stage === 'prefill';
      this.#tokens++;
      sequence.sampled(result, this.#pieceOf, step);
      if (first) {
        sequence.notBeforeMs = step.endedAtMs + (this.#options.delaysMs.decode ?? 0);
        // The one token that somebody waits for goes out before the next step is even issued.
        sequence.outbox.flush();
      } else this.#unflushed.push(sequence);
    } else sequence.chunkDone(step);
  }

  /** Readers run while the step is computed, not between two steps. */
  #planFlush(): void {
    if (this.#flushPlanned || this.#unflushed.length === 0) return;
    this.#flushPlanned = true;
    this.#afterDispatch(this.#flush);
  }

  readonly #flush = (): void => {
    this.#flushPlanned = false;
    const sequences = this.#unflushed;
    this.#unflushed = [];
    for (const sequence of sequences) sequence.outbox.flush();
  };

  async #idle(nowMs: number): Promise<void> {
    this.#flush();
    const waiting = [...this.#active, ...this.#queue];
    const dueMs = Math.min(...waiting.map((one) => (one.notBeforeMs > nowMs ? one.notBeforeMs : Infinity)));
    const woken = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    // A flush may have drained a reader, or made it submit or cancel, before there was anything to wake.
    const again = this.#canGoOn(nowMs);
    if (again) this.#wakeUp();
    const timer = Number.isFinite(dueMs) ? this.#clock.after(dueMs - nowMs, () => this.#wakeUp()) : undefined;
    await woken;
    timer?.cancel();
  }

  #canGoOn(nowMs: number): boolean {
    if (this.#free.size > 0 && this.#queue.hasDue(nowMs)) return true;
    return this.#active.some((one) => one.stage === 'ended' || (!one.beside && one.ready(nowMs)));
  }

  #wakeUp(): void {
    this.#wake?.();
    this.#wake = undefined;
  }

  #retryAfterMs(): number {
    const turns = (this.#queue.size + 1) / this.#runner.slots;
    return Math.round(Math.min(5_000, Math.max(50, this.#requestMs * turns)));
  }
}

/** Named as the platform names what a caller gave up. */
function readerLeft(): Error {
  const error = new Error('the reader left');
  error.name = 'AbortError';
  return error;
}

class StepFailure {
  readonly reason: unknown;
  constructor(reason: unknown) {
    this.reason = reason;
  }
}
