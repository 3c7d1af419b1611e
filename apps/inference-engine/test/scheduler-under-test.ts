import { FakeClock } from '@ryzanstein/testing';
import type { Generation, GenerationPlan } from '../src/domain/generation.ts';
import { Scheduler } from '../src/domain/scheduler.ts';
import type { SchedulerOptions } from '../src/domain/scheduler-contract.ts';
import { endOfText } from '../src/domain/sequence-runner.ts';
import { ScriptedRunner, type ScriptedRunnerOptions } from '../src/testing/scripted-runner.ts';

/** What a step of the scripted runner takes. */
export const stepMs = 10;
const standard: SchedulerOptions = {
  batchTokens: 256,
  chunkTokens: 64,
  maxQueue: 100,
  maxUnreadTokens: 64,
  delaysMs: {},
};

// A prompt's last token says how many tokens follow; its first one, which.
const script = (prompt: readonly number[], index: number): number => {
  const length = prompt.at(-1) ?? 0;
  return index < length ? 97 + (((prompt[0] ?? 0) + index) % 26) : endOfText;
};
/** What a sequence whose prompt begins with `first` says in so many tokens. */
export const textOf = (first: number, tokens: number): string =>
  Array.from({ length: tokens }, (_, index) => String.fromCharCode(script([first, tokens], index))).join('');

/** A scheduler over a scripted runner, both on a fake clock. */
export function setUp(
  options: Partial<SchedulerOptions> = {},
  runnerOptions: Partial<ScriptedRunnerOptions> = {},
  afterDispatch = (deliver: () => void): void => deliver(),
) {
  const clock = new FakeClock();
  const runner = new ScriptedRunner({ slots: 4, clock, stepMs, script, ...runnerOptions });
  const readerFailures: unknown[] = [];
  const scheduler = new Scheduler(
    {
      runner,
      clock,
      pieceOf: (token) => String.fromCharCode(token),
      afterDispatch,
      onReaderFailed: (reason) => readerFailures.push(reason),
    },
    { ...standard, ...options },
  );
  return { clock, runner, scheduler, readerFailures };
}

/** A plan of that prompt. */
export function planOf(prompt: readonly number[], rest: Partial<GenerationPlan> = {}): GenerationPlan {
  return {
    prompt,
    maxTokens: 1_000,
    sampling: { temperature: 0, topP: 1, topK: 0, seed: 1 },
    stop: [],
    ignoreEos: false,
    priority: 0,
    ...rest,
  };
}

/** What a reader saw of a generation. */
export interface Seen {
  text: string;
  tokens: number;
  readonly events: string[];
  deltas: number;
  error?: unknown;
}

/** Reads a generation to its end, as fast as it comes. */
export function read(generation: Generation): { seen: Seen; finished: Promise<void> } {
  const seen: Seen = { text: '', tokens: 0, events: [], deltas: 0 };
  const follow = async (): Promise<void> => {
    try {
      for await (const event of generation) {
        if (event.type !== 'delta' || seen.events.at(-1) !== 'delta') seen.events.push(event.type);
        if (event.type !== 'delta') continue;
        seen.text += event.text;
        seen.tokens += event.tokens;
        seen.deltas++;
      }
    } catch (error) {
      seen.error = error;
    }
  };
  return { seen, finished: follow() };
}

/** Submits a plan that must be taken. */
export function submit(scheduler: Scheduler, plan: GenerationPlan): Generation {
  const submission = scheduler.submit(plan);
  if (submission.kind !== 'queued') throw new Error(`not queued: ${submission.kind}`);
  return submission.generation;
}
