import { fileURLToPath } from 'node:url';
import { silentLogger } from '@ryzanstein/runtime';
import { createEngine } from '../../engine.ts';
import { ask, complete, describeBackend } from '../backend-contract.ts';
import { describeEmbedding } from '../embedding-contract.ts';
import { openLlamaCppBackend, type LlamaCppOptions } from './llama-cpp-backend.ts';

const modelPath = fileURLToPath(new URL('../../../models/ryzanstein-tiny.gguf', import.meta.url));

const options: LlamaCppOptions = {
  modelPath,
  slots: 8,
  contextTokens: 512,
  batchTokens: 256,
  chunkTokens: 64,
  maxQueue: 32,
  maxUnreadTokens: 64,
  delaysMs: {},
  threads: 1,
  gpu: false,
  logger: silentLogger,
};

describeBackend('llama-cpp', () => openLlamaCppBackend(options));
describeEmbedding('llama-cpp', () => openLlamaCppBackend(options));

describe('openLlamaCppBackend', () => {
  it('finds a thread count by itself, answers, and shares steps among many', async () => {
    const backend = await openLlamaCppBackend({ ...options, threads: 0 });
    try {
      expect(backend.threads).toBeGreaterThanOrEqual(1);
      expect(backend.probedStepMs).toBeGreaterThan(0);
      const engine = createEngine(backend);
      expect((await complete(engine, ask('What is 7 plus 5?'))).text).toContain('12');
      const before = backend.load;
      await Promise.all(
        Array.from({ length: 16 }, (_, index) =>
          complete(engine, ask('Tell me a story.', { maxTokens: 20 + index, ignoreEos: true })),
        ),
      );
      const { steps, stepSequences } = backend.load;
      expect((stepSequences - before.stepSequences) / (steps - before.steps)).toBeGreaterThan(4);
    } finally {
      await backend.close(new Error('closed'));
    }
  });
});
