import type { StepClock } from '../domain/scheduler-contract.ts';
import type { PromptReader, RunnerTask, SequenceRunner } from '../domain/sequence-runner.ts';

/** What a scripted runner samples for a prompt: the token at `index`, or `endOfText`. */
export type Script = (prompt: readonly number[], index: number) => number;

/** The calls of a reader. */
export type ReaderCall = 'takeOver' | 'read' | 'handOver';

/** How a scripted runner is made. */
export interface ScriptedRunnerOptions {
  readonly slots: number;
  readonly clock: StepClock;
  readonly stepMs: number;
  readonly script: Script;
  /** Makes the call of a step fail: gets the prompt and how many tokens it has sampled. */
  readonly failing?: (prompt: readonly number[], index: number) => boolean;
  /** It has a reader, whose calls take so long each. */
  readonly readMs?: number;
  /** Makes a call of the reader fail. */
  readonly readerFailing?: (call: ReaderCall, prompt: readonly number[]) => boolean;
}

interface Slot {
  task: RunnerTask | undefined;
  evaluated: number;
  sampled: number;
  held: readonly number[];
  intact: boolean;
  /** Prompt tokens that the reader has of it, from `takeOver` to `handOver`. */
  read: number | undefined;
}

interface OpenStep {
  /** Calls may still join: it is the tick of the first one. */
  open: boolean;
  readonly settle: (() => void)[];
  readonly decodes: number[];
  readonly prefills: { slot: number; tokens: number }[];
  tokens: number;
}

/** A call of the reader. */
export interface SeenRead {
  readonly atMs: number;
  readonly slot: number;
  readonly call: ReaderCall;
  /** Read in this call, or moved. */
  readonly tokens: number;
}

/** A step as the runner saw it. */
export interface SeenStep {
  readonly atMs: number;
  readonly decodes: readonly number[];
  readonly prefills: readonly { readonly slot: number; readonly tokens: number }[];
  readonly tokens: number;
}

/**
 * A runner without a model. It answers all calls of a step together, `stepMs` later, and notes
 * every breach of what `SequenceRunner` demands of its caller.
 */
export class ScriptedRunner implements SequenceRunner {
  readonly slots: number;
  readonly reader?: PromptReader;
  readonly steps: SeenStep[] = [];
  readonly reads: SeenRead[] = [];
  readonly breaches: string[] = [];
  readonly #options: ScriptedRunnerOptions;
  readonly #slots: Slot[];
  #step: OpenStep | undefined;
  #reading = false;

  constructor(options: ScriptedRunnerOptions) {
    this.#options = options;
    this.slots = options.slots;
    this.#slots = Array.from({ length: options.slots }, () => ({
      task: undefined,
      evaluated: 0,
      sampled: 0,
      held: [],
      intact: true,
      read: undefined,
    }));
    if (options.readMs !== undefined)
      this.reader = {
        takeOver: (slot) => this.#takeOver(slot),
        read: (slot, count) => this.#readOn(slot, count),
        handOver: (slot) => this.#handOver(slot),
      };
  }

  /** Slots that have a task. */
  get busy(): number {
    return this.#slots.filter(({ task }) => task !== undefined).length;
  }

  heldPrefix(slot: number, prompt: readonly number[]): number {
    const state = this.#slot(slot);
    if (state.task !== undefined)
      this.breaches.push(`slot ${slot} was asked for its state while it had a task`);
    return sharedPrefix(state, prompt);
  }

  async begin(slot: number, task: RunnerTask): Promise<number> {
    const state = this.#slot(slot);
    if (state.task !== undefined) this.breaches.push(`slot ${slot} got a second task`);
    if (this.#step !== undefined) this.breaches.push(`slot ${slot} began during a step`);
    const kept = Math.min(sharedPrefix(state, task.prompt), task.prompt.length - 1);
    Object.assign(state, { task, evaluated: kept, sampled: 0, intact: true, read: undefined });
    return kept;
  }

  prefill(slot: number, count: number): Promise<void> {
    const state = this.#slot(slot);
    const step = this.#join(slot, state);
    step.prefills.push({ slot, tokens: count });
    step.tokens += count;
    state.evaluated += count;
    if (state.evaluated >= (state.task?.prompt.length ?? 0))
      this.breaches.push(`slot ${slot} was prefilled to the end`);
    return this.#answer(state, undefined);
  }

  decode(slot: number): Promise<number> {
    const state = this.#slot(slot);
    const step = this.#join(slot, state);
    const prompt = state.task?.prompt ?? [];
    step.decodes.push(slot);
    step.tokens += state.sampled === 0 ? prompt.length - state.evaluated : 1;
    state.evaluated = prompt.length;
    return this.#answer(state, this.#options.script(prompt, state.sampled++));
  }

  release(slot: number, intact: boolean): void {
    const state = this.#slot(slot);
    if (state.task === undefined) this.breaches.push(`slot ${slot} was released without a task`);
    if (this.#step !== undefined) this.breaches.push(`slot ${slot} was released during a step`);
    state.held = state.task?.prompt.slice(0, state.evaluated) ?? [];
    state.intact = intact;
    state.task = undefined;
  }

  #takeOver(slot: number): Promise<void> {
    const state = this.#slot(slot);
    if (state.sampled > 0) this.breaches.push(`slot ${slot} was taken over after its first token`);
    if (state.read !== undefined) this.breaches.push(`slot ${slot} was taken over twice`);
    const { evaluated } = state;
    return this.#callReader(slot, 'takeOver', evaluated, () => (state.read = evaluated));
  }

  #readOn(slot: number, count: number): Promise<void> {
    const state = this.#slot(slot);
    const read = (state.read ?? NaN) + count;
    if (!(count >= 1 && read < (state.task?.prompt.length ?? 0)))
      this.breaches.push(`slot ${slot} was to be read for ${count} tokens up to ${read}`);
    return this.#callReader(slot, 'read', count, () => (state.read = read));
  }

  #handOver(slot: number): Promise<void> {
    const state = this.#slot(slot);
    const { read } = state;
    if (read === undefined) this.breaches.push(`slot ${slot} was handed over before it was taken over`);
    return this.#callReader(slot, 'handOver', read ?? 0, () =>
      Object.assign(state, { evaluated: read, read: undefined }),
    );
  }

  async #callReader(slot: number, call: ReaderCall, tokens: number, done: () => void): Promise<void> {
    const state = this.#slot(slot);
    const { task } = state;
    if (task === undefined) this.breaches.push(`slot ${slot} had no task for the reader`);
    if (this.#reading) this.breaches.push(`slot ${slot} was to be read during another call of the reader`);
    this.#reading = true;
    this.reads.push({ atMs: this.#options.clock.monotonicMs(), slot, call, tokens });
    await new Promise<void>((resolve) => this.#options.clock.after(this.#options.readMs ?? 0, resolve));
    this.#reading = false;
    const fails = this.#options.readerFailing?.(call, task?.prompt ?? []) ?? false;
    if (state.task === task) {
      if (fails) Object.assign(state, { evaluated: 0, read: undefined });
      else done();
    }
    if (fails) throw new Error('the reader failed');
  }

  #join(slot: number, state: Slot): OpenStep {
    if (state.task === undefined) this.breaches.push(`slot ${slot} was driven without a task`);
    if (state.read !== undefined) this.breaches.push(`slot ${slot} was driven while it was read`);
    const step = (this.#step ??= this.#open());
    if (!step.open) this.breaches.push(`slot ${slot} joined a step in a later tick`);
    if (step.decodes.includes(slot) || step.prefills.some((one) => one.slot === slot))
      this.breaches.push(`slot ${slot} was driven twice in a step`);
    return step;
  }

  #open(): OpenStep {
    const step: OpenStep = { open: true, settle: [], decodes: [], prefills: [], tokens: 0 };
    queueMicrotask(() => {
      step.open = false;
      const { decodes, prefills, tokens } = step;
      this.steps.push({ atMs: this.#options.clock.monotonicMs(), decodes, prefills, tokens });
    });
    this.#options.clock.after(this.#options.stepMs, () => {
      this.#step = undefined;
      for (const settle of step.settle) settle();
    });
    return step;
  }

  #answer<T>({ task, sampled }: Slot, value: T): Promise<T> {
    const fails = this.#options.failing?.(task?.prompt ?? [], sampled) ?? false;
    return new Promise((resolve, reject) => {
      this.#step?.settle.push(() => (fails ? reject(new Error('the call failed')) : resolve(value)));
    });
  }

  #slot(slot: number): Slot {
    const state = this.#slots[slot];
    if (state === undefined) throw new RangeError(`there is no slot ${slot}`);
    return state;
  }
}

function sharedPrefix({ held, intact }: Slot, prompt: readonly number[]): number {
  if (!intact) return 0;
  const different = held.findIndex((token, index) => token !== prompt[index]);
  return different < 0 ? held.length : different;
}
