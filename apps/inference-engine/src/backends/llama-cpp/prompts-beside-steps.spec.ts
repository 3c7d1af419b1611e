import { fileURLToPath } from 'node:url';
import { silentLogger, type Logger } from '@ryzanstein/runtime';
import type { GenerationRecord } from '../../domain/generation.ts';
import { createEngine, type Engine } from '../../engine.ts';
import { openLlamaCppBackend, type LlamaCppBackend, type LlamaCppOptions } from './llama-cpp-backend.ts';

const options: LlamaCppOptions = {
  modelPath: fileURLToPath(new URL('../../../models/ryzanstein-tiny.gguf', import.meta.url)),
  slots: 4,
  contextTokens: 512,
  batchTokens: 256,
  chunkTokens: 64,
  maxQueue: 32,
  maxUnreadTokens: 512,
  delaysMs: {},
  threads: 1,
  prefillThreads: 1,
  gpu: false,
  logger: silentLogger,
};

const promptOf = (run: number, tokens: number): number[] =>
  Array.from({ length: tokens }, (_, index) => 10 + ((run * 7919 + index * (31 + run)) % 200));

interface Answer {
  readonly text: string;
  readonly record: GenerationRecord;
}

/** Its text, and what was measured of it. */
async function answer(engine: Engine, ids: readonly number[], maxTokens = 24): Promise<Answer> {
  let record: GenerationRecord | undefined;
  const submitted = engine.submit({
    prompt: { kind: 'tokens', ids },
    maxTokens,
    ignoreEos: true,
    temperature: 0,
    onEnd: (one) => (record = one),
  });
  if (submitted.kind !== 'running') throw new Error(submitted.kind);
  let text = '';
  for await (const event of submitted.generation) if (event.type === 'delta') text += event.text;
  if (record === undefined) throw new Error('it ended untold');
  return { text, record };
}

/** Does something while a stream decodes. */
async function besideStream<Result>(engine: Engine, work: () => Promise<Result>): Promise<Result> {
  const stream = engine.submit({
    prompt: { kind: 'tokens', ids: [5, 6, 7] },
    maxTokens: 500,
    ignoreEos: true,
  });
  if (stream.kind !== 'running') throw new Error(stream.kind);
  const events = stream.generation[Symbol.asyncIterator]();
  for (let event = await events.next(); event.done !== true && event.value.type !== 'delta';)
    event = await events.next();
  const result = await work();
  stream.generation.cancel(new Error('seen enough'));
  return result;
}

async function using<Result>(
  opened: Partial<LlamaCppOptions>,
  work: (engine: Engine, backend: LlamaCppBackend) => Promise<Result>,
): Promise<Result> {
  const backend = await openLlamaCppBackend({ ...options, ...opened });
  try {
    return await work(createEngine(backend), backend);
  } finally {
    await backend.close(new Error('closed'));
  }
}

describe('prompts read beside the steps', () => {
  it('are continued with the same text as those read in the steps, whatever their length', async () => {
    const lengths = [66, 128, 129, 300, 450];
    await using({}, async (engine) => {
      const alone: Answer[] = [];
      for (const [run, tokens] of lengths.entries()) alone.push(await answer(engine, promptOf(run, tokens)));
      expect(alone.map(({ record: { run } }) => run)).toMatchObject(
        lengths.map(() => ({ besideSteps: false })),
      );
      // Others have had the slots, so that nothing of the prompts is left in them.
      for (const run of [20, 21, 22, 23]) await answer(engine, promptOf(run, 3));
      const beside = await besideStream(engine, () =>
        Promise.all(lengths.slice(0, 3).map((tokens, run) => answer(engine, promptOf(run, tokens)))),
      );
      for (const run of [3, 4])
        beside.push(await besideStream(engine, () => answer(engine, promptOf(run, lengths[run] ?? 0))));
      expect(beside.map(({ text }) => text)).toEqual(alone.map(({ text }) => text));
      expect(beside.map(({ record }) => record)).toMatchObject(
        lengths.map((tokens) => ({
          run: { besideSteps: true, prefillChunks: Math.ceil((tokens - 1) / 64) + 1 },
          usage: { promptTokens: tokens, cachedPromptTokens: 0, completionTokens: 24 },
        })),
      );
    });
  });

  it('take along what a slot still holds of them, and leave their state in it for the next turn', async () => {
    await using({}, async (engine) => {
      const prompt = promptOf(1, 200);
      const longer = [...prompt, ...promptOf(2, 150)];
      const alone = await answer(engine, longer);
      for (const run of [20, 21, 22, 23]) await answer(engine, promptOf(run, 3));
      await answer(engine, prompt, 1);
      const beside = await besideStream(engine, () => answer(engine, longer));
      expect(beside.text).toBe(alone.text);
      expect(beside.record).toMatchObject({
        usage: { cachedPromptTokens: 200 },
        run: { besideSteps: true, prefillChunks: 4 },
      });
      const { record } = await answer(engine, [...longer, 11, 12]);
      expect(record.usage.cachedPromptTokens).toBeGreaterThanOrEqual(350);
    });
  });

  it('are taken over from the steps when others come', async () => {
    await using({ chunkTokens: 16 }, async (engine, backend) => {
      const prompt = promptOf(5, 460);
      const alone = await answer(engine, prompt);
      for (const run of [20, 21, 22, 23]) await answer(engine, promptOf(run, 3));
      const reading = answer(engine, prompt);
      while (backend.load.contextTokens === 0) await new Promise(setImmediate);
      await answer(engine, promptOf(9, 4), 1);
      const { text, record } = await reading;
      expect(text).toBe(alone.text);
      expect(record).toMatchObject({ usage: { cachedPromptTokens: 0 }, run: { besideSteps: true } });
    });
  });

  it('are read in the steps where no thread is given to them', async () => {
    await using({ prefillThreads: 0 }, async (engine, backend) => {
      expect(backend.prefillThreads).toBe(0);
      const { record } = await besideStream(engine, () => answer(engine, promptOf(1, 300)));
      expect(record.run).toMatchObject({ besideSteps: false });
    });
  });

  it('are read in the steps where the temporary directory cannot be written, and it is said once', async () => {
    const warnings: string[] = [];
    const logger: Logger = {
      ...silentLogger,
      warn: (_: object, message: string) => void warnings.push(message),
    };
    await using({ logger, stateDirectory: '/nowhere' }, async (engine, backend) => {
      expect(backend.prefillThreads).toBe(0);
      const { record } = await besideStream(engine, () => answer(engine, promptOf(1, 300)));
      expect(record).toMatchObject({ outcome: { kind: 'finished' }, run: { besideSteps: false } });
    });
    expect(warnings).toEqual(['prompts cannot be read beside the steps']);
  });

  it('may be cancelled at any moment, and their slots serve others rightly', async () => {
    await using({ slots: 2 }, async (engine, backend) => {
      const expected = (await answer(engine, promptOf(7, 200))).text;
      await answer(engine, promptOf(8, 3));
      await answer(engine, promptOf(9, 3));
      await besideStream(engine, async () => {
        for (let round = 0; round < 12; round++) {
          const submitted = engine.submit({
            prompt: { kind: 'tokens', ids: promptOf(30 + round, 450) },
            maxTokens: 5,
            ignoreEos: true,
          });
          if (submitted.kind !== 'running') throw new Error(submitted.kind);
          // From its start until it is handed over, in steps of the event loop and not of the clock.
          for await (const event of submitted.generation) {
            if (event.type !== 'started') continue;
            for (let turn = 0; turn < round * 40; turn++) await new Promise(setImmediate);
            break;
          }
          expect((await answer(engine, promptOf(7, 200))).text).toBe(expected);
        }
      });
      expect(backend.load).toMatchObject({ queued: 0 });
    });
  });
});
