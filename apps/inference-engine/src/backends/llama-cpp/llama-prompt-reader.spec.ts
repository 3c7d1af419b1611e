import { fileURLToPath } from 'node:url';
import type { Llama, LlamaContext, LlamaModel } from 'node-llama-cpp';
import type { RunnerTask } from '../../domain/sequence-runner.ts';
import { Grammars } from './grammars.ts';
import { LlamaRunner } from './llama-runner.ts';

const modelPath = fileURLToPath(new URL('../../../models/ryzanstein-tiny.gguf', import.meta.url));
const task: RunnerTask = {
  prompt: Array.from({ length: 40 }, (_, index) => 10 + ((index * 37) % 200)),
  sampling: { temperature: 0, topP: 1, topK: 0, seed: 1 },
  ignoreEos: true,
};

let llama: Llama;
let model: LlamaModel;
let grammars: Grammars;
const contextOf = (): Promise<LlamaContext> =>
  model.createContext({ contextSize: 64, sequences: 2, batchSize: 64, threads: 1 });

beforeAll(async () => {
  const { getLlama, LlamaGrammarEvaluationState } = await import('node-llama-cpp');
  llama = await getLlama({
    gpu: false,
    build: 'never',
    skipDownload: true,
    progressLogs: false,
    // What is to fail is said in the error, too.
    logger: () => undefined,
  });
  model = await llama.loadModel({ modelPath });
  grammars = new Grammars(llama, model, LlamaGrammarEvaluationState);
});

afterAll(() => llama.dispose());

it.each(['takeOver', 'handOver'] as const)(
  'leaves the slot empty where the state cannot pass at %s, and its prompt is read from the start',
  async (failing) => {
    const stateFile = { path: '/nowhere/state', clear: async () => {}, close: async () => {} };
    const runner = new LlamaRunner(await contextOf(), 2, grammars, { context: await contextOf(), stateFile });
    await runner.begin(0, task);
    await runner.prefill(0, 39);
    const expected = await runner.decode(0);
    runner.release(0, true);

    expect(await runner.begin(1, task)).toBe(0);
    if (failing === 'takeOver') await runner.prefill(1, 10);
    else {
      await runner.reader?.takeOver(1);
      await runner.reader?.read(1, 39);
    }
    await expect(runner.reader?.[failing](1)).rejects.toThrow('Failed to save state to file');
    await runner.prefill(1, 39);
    expect(await runner.decode(1)).toBe(expected);
    runner.release(1, true);
  },
);
