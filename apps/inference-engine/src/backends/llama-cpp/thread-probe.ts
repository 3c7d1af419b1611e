import type { LlamaModel, Token } from 'node-llama-cpp';

/** What the start-up probe found. */
export interface ThreadProbe {
  readonly threads: number;
  /** Time of one decode step with them. */
  readonly stepMs: number;
}

const steps = 16;
// Too many threads cost up to 300 times as much per step; a few steps show that.
const trialMs = 300;

/**
 * Times decode steps at 1, 2, 4 … threads up to `maxThreads`, and gives the fastest. More is
 * often far worse: llama.cpp's threads meet at spin barriers, and with fewer processors than
 * threads every step waits for the scheduler of the operating system. So `maxThreads` should leave
 * a processor to the rest of the process, and to prompts that are read beside the steps.
 */
export async function probeThreads(model: LlamaModel, maxThreads: number): Promise<ThreadProbe> {
  let best: ThreadProbe = { threads: 1, stepMs: Infinity };
  for (const threads of candidates(maxThreads)) {
    const stepMs = await timeSteps(model, threads, best.stepMs);
    // A gain within the noise is not worth a processor that the rest of the process could use.
    if (stepMs < best.stepMs * 0.95) best = { threads, stepMs };
    else break;
  }
  return best;
}

/** One that every model knows; what a step takes does not depend on it. */
export function anyToken({ tokens }: LlamaModel): Token {
  return tokens.bos ?? tokens.eos ?? (0 as Token);
}

function candidates(max: number): readonly number[] {
  const powers: number[] = [];
  for (let threads = 1; threads < max; threads *= 2) powers.push(threads);
  return [...powers, max];
}

/** Median time of a step, in ms; stops early when the steps are slower than `limitMs`. */
async function timeSteps(model: LlamaModel, threads: number, limitMs: number): Promise<number> {
  const context = await model.createContext({
    contextSize: 256,
    sequences: 1,
    batchSize: 32,
    threads,
    failedCreationRemedy: false,
  });
  try {
    const tokens = context.getSequence().evaluate([anyToken(model)], { temperature: 0, yieldEogToken: true });
    const times: number[] = [];
    const startedMs = performance.now();
    // The first step also warms the caches up.
    await tokens.next();
    for (let step = 0; step < steps; step++) {
      const beforeMs = performance.now();
      await tokens.next();
      times.push(performance.now() - beforeMs);
      if (times.length >= 3 && median(times) > limitMs * 2) break;
      if (times.length >= 3 && performance.now() - startedMs > trialMs) break;
    }
    await tokens.return();
    return median(times);
  } finally {
    await context.dispose();
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Infinity;
}
