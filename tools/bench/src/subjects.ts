import { llmService } from '@ryzanstein/contracts';
import { startMesh, type RunningMesh, type StartMeshOptions } from '@ryzanstein/launcher';
import { createRpcClient } from '@ryzanstein/rpc';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { runSlice, type Slice, type SliceResult } from './workload.ts';

/** Something that can run slices. */
export interface Subject {
  run(slice: Slice): Promise<SliceResult>;
  close(): Promise<void>;
}

/** The engine in a process of its own, without gRPC, leases or telemetry. */
export async function inProcessSubject(modelPath: string, threads: number, slots = 8): Promise<Subject> {
  const child = fork(
    fileURLToPath(new URL('./in-process-engine.ts', import.meta.url)),
    [modelPath, String(threads), String(slots)],
    {
      env: { ...process.env, UV_THREADPOOL_SIZE: '32' },
      execArgv: [],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    },
  );
  const [said] = (await Promise.race([once(child, 'message'), once(child, 'exit')])) as unknown[];
  if (said !== 'ready') throw new Error('the engine process ended before it was ready');
  return {
    async run(slice) {
      const answer = once(child, 'message') as Promise<[SliceResult]>;
      child.send(slice);
      return (await answer)[0];
    },
    async close() {
      const exited = once(child, 'exit');
      child.disconnect();
      await exited;
    },
  };
}

/** The three services and, unless told otherwise, a trace store, as `npm start` runs them, asked over gRPC. */
export async function meshSubject(
  modelPath: string,
  threads: number,
  { env = {}, ...options }: StartMeshOptions = {},
): Promise<Subject & { readonly mesh: RunningMesh }> {
  const mesh = await startMesh({
    ...options,
    env: { RYZ_MODEL_PATH: modelPath, RYZ_THREADS: String(threads), RYZ_LOG_LEVEL: 'warn', ...env },
  });
  const client = createRpcClient(llmService, mesh.addresses.api.grpc);
  const ask = async (text: string, slice: Slice, onFirstToken: () => void): Promise<number> => {
    const { maxTokens } = slice;
    const stream =
      slice.kind === 'chat'
        ? client.ChatStream({ messages: [{ role: 'user', content: text }], maxTokens })
        : client.CompleteStream({ prompt: text, maxTokens });
    for await (const chunk of stream) {
      if (chunk.usage !== null) return chunk.usage.completionTokens;
      onFirstToken();
    }
    throw new Error('the stream ended without usage');
  };
  return {
    mesh,
    run: (slice) => runSlice(slice, ask),
    async close() {
      client.close();
      await mesh.stop();
    },
  };
}
