import { createEngine, openLlamaCppBackend, type Engine } from '@ryzanstein/inference-engine';
import { silentLogger } from '@ryzanstein/runtime';
import { hundredMillionModel, tinyModel } from './bench-models.ts';
import { median, quantile, spread, table } from './figures.ts';

// A decode step and a sampled token take a thread of the pool each.
process.env['UV_THREADPOOL_SIZE'] ??= '32';

const promptTokens = 400;
// Gaps of the stream before the prompt, and after it, that tell the usual one.
const aside = 24;
const settings = [
  { name: 'ryzanstein-tiny', modelPath: () => tinyModel, rounds: 31 },
  { name: '100 M parameters, Q8_0', modelPath: hundredMillionModel, rounds: 9 },
];

/** How long prompts are read: as the engine does by itself, and as it does without a core to spare. */
const ways = [
  { way: 'beside its steps', prefillThreads: undefined, bound: true },
  { way: 'between its steps', prefillThreads: 0, bound: false },
];

/** A running stream's gaps while a long prompt is read, and what that costs the prompt. */
export async function prefill(print: (line: string) => void): Promise<void> {
  for (const { name, modelPath, rounds } of settings) {
    for (const { way, prefillThreads, bound } of ways) {
      const backend = await openLlamaCppBackend({
        modelPath: modelPath(),
        slots: 8,
        contextTokens: 1024,
        threads: 1,
        prefillThreads,
        gpu: false,
        batchTokens: 256,
        chunkTokens: 64,
        maxQueue: 8,
        maxUnreadTokens: 1024,
        delaysMs: {},
        logger: silentLogger,
      });
      try {
        const how = backend.prefillThreads === 0 ? 'between its steps' : way;
        print(`A prompt of ${promptTokens} tokens while a stream runs, read ${how}, ${name}`);
        await compare(createEngine(backend), { rounds, bound }, print);
      } finally {
        await backend.close(new Error('measured'));
      }
      // There is no core to spare: the other way would be the same.
      if (backend.prefillThreads === 0) break;
    }
  }
}

async function compare(
  engine: Engine,
  { rounds, bound }: { readonly rounds: number; readonly bound: boolean },
  print: (line: string) => void,
): Promise<void> {
  const first = { beside: [] as number[], alone: [] as number[], aloneAgain: [] as number[] };
  const gaps: number[] = [];
  const gapsMs: number[] = [];
  const usualSteps: number[] = [];
  const roundWorst: number[] = [];
  const controlGaps: number[] = [];
  const pieces: number[] = [];
  let runs = 0;
  const longPrompt = () => readPrompt(engine, ++runs);
  const measured = {
    async beside() {
      const stream = await startStream(engine);
      const { firstMs, chunks } = await longPrompt();
      first.beside.push(firstMs);
      pieces.push(promptTokens / chunks);
      const { usualMs, since } = await stream.stop();
      gaps.push(...since.map((gap) => gap / usualMs));
      gapsMs.push(...since);
      usualSteps.push(usualMs);
      roundWorst.push(quantile(since, 0.99) / usualMs);
    },
    async control() {
      const stream = await startStream(engine);
      await stream.more(since);
      const { usualMs, since: usual } = await stream.stop();
      controlGaps.push(...usual.map((gap) => gap / usualMs));
    },
    async alone() {
      first.alone.push((await longPrompt()).firstMs);
    },
    async aloneAgain() {
      first.aloneAgain.push((await longPrompt()).firstMs);
    },
  };
  const names = Object.keys(measured) as (keyof typeof measured)[];
  for (const warmUp of names) await measured[warmUp]();
  for (const list of [...Object.values(first), gaps, gapsMs, usualSteps, roundWorst, controlGaps, pieces])
    list.length = 0;
  for (let round = 0; round < rounds; round++)
    for (const [index] of names.entries()) await measured[names[(index + round) % names.length]!]();

  const alone = first.alone.map((ms, round) => (ms + first.aloneAgain[round]!) / 2);
  const control = first.alone.map((ms, round) => ms / first.aloneAgain[round]!);
  print(
    table([
      ['gap p99 ÷ usual step, all rounds', quantile(gaps, 0.99).toFixed(2), bound ? '≤ 3' : ''],
      ['gap p50, p90 ÷ usual step', spreadOf(gaps), ''],
      ['gap p99; usual step', `${quantile(gapsMs, 0.99).toFixed(1)} ms; ${spread(usualSteps)} ms`, ''],
      ['gap p99 ÷ usual step, by round', spread(roundWorst), ''],
      ['A/A gap p99 ÷ usual step, no prompt', quantile(controlGaps, 0.99).toFixed(2), ''],
      ['tokens in a piece of the prompt', spread(pieces, 1), ''],
      [
        'first token ÷ alone',
        spread(first.beside.map((ms, round) => ms / alone[round]!)),
        bound ? '≤ 2.5' : '',
      ],
      ['A/A first token alone', spread(control), ''],
      ['first token alone', `${spread(alone, 1)} ms`, ''],
    ]),
  );
}

function spreadOf(gaps: readonly number[]): string {
  return [0.5, 0.9].map((part) => quantile(gaps, part).toFixed(2)).join(', ');
}

// Gaps that a control run looks at: about as many as a prompt leaves.
const since = 40;

interface Stream {
  /** Waits for so many more gaps. */
  more(count: number): Promise<void>;
  /**
   * Ends it, once it has gone on for as long as before the prompt came; the median of the gaps before
   * and after, so that a machine whose pace drifts counts on both sides, and those in between.
   */
  stop(): Promise<{ usualMs: number; since: number[] }>;
}

/** Starts a stream that goes on until it is stopped, and waits for its first tokens. */
async function startStream(engine: Engine): Promise<Stream> {
  const answer = engine.submit({
    prompt: { kind: 'tokens', ids: [5, 6, 7, 8] },
    maxTokens: 900,
    ignoreEos: true,
    temperature: 1,
    seed: 1n,
  });
  if (answer.kind !== 'running') throw new Error(answer.kind);
  const gapsMs: number[] = [];
  let wake = (): void => {};
  const reading = (async () => {
    let lastMs = NaN;
    let unnamed = true;
    for await (const event of answer.generation) {
      if (event.type !== 'delta') continue;
      const nowMs = performance.now();
      // Tokens that are part of a character come in one delta: that is no gap between two steps.
      if (!unnamed && event.tokens === 1) gapsMs.push(nowMs - lastMs);
      unnamed = false;
      lastMs = nowMs;
      wake();
    }
  })().catch(() => undefined);
  const reach = async (count: number): Promise<void> => {
    while (gapsMs.length < count)
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
  };
  await reach(aside);
  const from = gapsMs.length;
  return {
    more: (count) => reach(gapsMs.length + count),
    async stop() {
      // The gap under way when the prompt's first token came is one of them.
      const to = gapsMs.length + 1;
      await reach(to + aside);
      answer.generation.cancel(new Error('seen enough'));
      await reading;
      const usual = [...gapsMs.slice(4, from), ...gapsMs.slice(to)];
      return { usualMs: median(usual), since: gapsMs.slice(from, to) };
    },
  };
}

/** Time to the first token of a prompt that shares no beginning with another, and in how many pieces it was read. */
async function readPrompt(engine: Engine, run: number): Promise<{ firstMs: number; chunks: number }> {
  const ids = Array.from(
    { length: promptTokens },
    (_, index) => 10 + ((run * 7919 + index * (31 + (run % 17))) % 200),
  );
  const fromMs = performance.now();
  let chunks = 0;
  const answer = engine.submit({
    prompt: { kind: 'tokens', ids },
    maxTokens: 1,
    ignoreEos: true,
    onEnd({ run }) {
      if (run.kind === 'steps') chunks = run.prefillChunks;
    },
  });
  if (answer.kind !== 'running') throw new Error(JSON.stringify(answer));
  let firstMs: number | undefined;
  for await (const event of answer.generation)
    if (event.type === 'delta' || event.type === 'done') firstMs ??= performance.now() - fromMs;
  return { firstMs: firstMs ?? NaN, chunks };
}
