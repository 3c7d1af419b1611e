/** A process with the engine alone in it, driven over IPC: the mesh's measure of what is possible. */
import { createEngine, openLlamaCppBackend } from '@ryzanstein/inference-engine';
import { silentLogger } from '@ryzanstein/runtime';
import { runSlice, type Slice } from './workload.ts';

process.env['UV_THREADPOOL_SIZE'] ??= '32';
const [modelPath = '', threads = '1', slots = '8'] = process.argv.slice(2);

const backend = await openLlamaCppBackend({
  modelPath,
  slots: Number(slots),
  contextTokens: 1024,
  threads: Number(threads),
  gpu: false,
  batchTokens: 256,
  chunkTokens: 64,
  maxQueue: 64,
  maxUnreadTokens: 64,
  delaysMs: {},
  logger: silentLogger,
});
const engine = createEngine(backend);

async function ask(text: string, slice: Slice, onFirstToken: () => void): Promise<number> {
  const prompt =
    slice.kind === 'chat'
      ? ({ kind: 'chat', messages: [{ role: 'user', content: text }] } as const)
      : ({ kind: 'text', text } as const);
  const answer = engine.submit({ prompt, maxTokens: slice.maxTokens });
  if (answer.kind !== 'running') throw new Error(`the engine answered ${answer.kind}`);
  for await (const event of answer.generation) {
    if (event.type === 'delta') onFirstToken();
    if (event.type === 'done') return event.usage.completionTokens;
  }
  throw new Error('the engine ended without an answer');
}

process.on('message', (slice: Slice) => {
  void runSlice(slice, ask).then((result) => process.send?.(result));
});
process.on('disconnect', () => process.exit(0));
process.send?.('ready');
