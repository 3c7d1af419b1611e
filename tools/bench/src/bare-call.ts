import { Client, credentials } from '@grpc/grpc-js';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { bareMethod } from './bare-method.ts';

/** One unary call at a time, between this process and one that does nothing else. */
export interface BareCall {
  /** Times of so many calls, one after the other, each after a rest; ms. */
  times(calls: number, restMs?: number): Promise<readonly number[]>;
  close(): Promise<void>;
}

/** Starts a server that only answers: the unit in which the mesh's own time is counted. */
export async function bareCall(): Promise<BareCall> {
  const child = fork(fileURLToPath(new URL('./bare-server.ts', import.meta.url)), [], {
    execArgv: [],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const [port] = (await Promise.race([once(child, 'message'), once(child, 'exit')])) as unknown[];
  const client = new Client(`127.0.0.1:${String(port)}`, credentials.createInsecure());
  const call = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const { path, requestSerialize, responseDeserialize } = bareMethod;
      client.makeUnaryRequest(path, requestSerialize, responseDeserialize, Buffer.alloc(0), (error) =>
        error === null ? resolve() : reject(error),
      );
    });
  return {
    async times(calls, restMs) {
      const times: number[] = [];
      for (let index = 0; index < calls; index++) {
        if (restMs !== undefined) await setTimeout(restMs);
        const startedAt = performance.now();
        await call();
        times.push(performance.now() - startedAt);
      }
      return times;
    },
    async close() {
      client.close();
      const exited = once(child, 'exit');
      child.disconnect();
      await exited;
    },
  };
}
