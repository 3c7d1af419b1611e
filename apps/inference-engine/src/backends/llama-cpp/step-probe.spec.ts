import { fileURLToPath } from 'node:url';
import type { Llama, LlamaContext, Token } from 'node-llama-cpp';
import { probeSteps } from './step-probe.ts';

const start = 1 as Token;
let llama: Llama;
let context: LlamaContext;

beforeAll(async () => {
  const { getLlama } = await import('node-llama-cpp');
  llama = await getLlama({ gpu: false, build: 'never', skipDownload: true, progressLogs: false });
  const modelPath = fileURLToPath(new URL('../../../models/ryzanstein-tiny.gguf', import.meta.url));
  const model = await llama.loadModel({ modelPath });
  context = await model.createContext({ contextSize: 256, sequences: 3, batchSize: 64, threads: 1 });
});

afterAll(() => llama.dispose());

describe('probeSteps', () => {
  it('times a decode and every length of a piece, and leaves all sequences free', async () => {
    const costs = await probeSteps(context, start, 16, 20_000);
    expect(costs?.decodeMs).toBeGreaterThan(0);
    expect(costs?.prompts.map(({ tokens }) => tokens)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 16]);
    expect(costs?.prompts.every(({ ms }) => ms > 0)).toBe(true);
    expect(context.sequencesLeft).toBe(3);
    const sequences = [1, 2, 3].map(() => context.getSequence());
    expect(sequences.map(({ nextTokenIndex }) => nextTokenIndex)).toEqual([0, 0, 0]);
    for (const sequence of sequences) await sequence.dispose();
  });

  it('times no length that the context does not hold', async () => {
    const costs = await probeSteps(context, start, 8_192, 20_000);
    expect(costs?.prompts.at(-1)?.tokens).toBe(192);
  });

  it('gives up in time', async () => {
    expect(await probeSteps(context, start, 64, 0)).toBeUndefined();
    expect(context.sequencesLeft).toBe(3);
  });
});
