import { setTimeout as delay } from 'node:timers/promises';
import { asking, caller, type Caller } from '../mesh/mesh-under-test.ts';
import type { MeshOnStack } from './mesh-on-stack.ts';

/** Requests that go on until they are stopped. */
export interface SteadyLoad {
  /** The traces that have begun, in their order. */
  readonly callers: readonly Caller[];
  /** What went wrong, as sentences. */
  readonly errors: readonly string[];
  /** Resolves when all that were under way have ended. */
  stop(): Promise<void>;
}

// The backends, not the machine, should be what is tried.
const betweenMs = 150;

/** What one request of a load is, as long as it lasts. */
export type Ask = (mesh: MeshOnStack, metadata: { traceparent: string }) => Promise<unknown>;

const shortChat: Ask = (mesh, metadata) => mesh.chat(asking('Hi', { maxTokens: 3 }), { metadata });

/** Requests, so many at a time, each a trace of its own; by default two short chats. */
export function steadyLoad(mesh: MeshOnStack, workers = 2, ask: Ask = shortChat): SteadyLoad {
  const callers: Caller[] = [];
  const errors: string[] = [];
  let stopped = false;
  const worker = async (): Promise<void> => {
    while (!stopped) {
      const from = caller();
      callers.push(from);
      try {
        await ask(mesh, { traceparent: from.traceparent });
      } catch (error) {
        errors.push(String(error));
      }
      await delay(betweenMs);
    }
  };
  const all = Array.from({ length: workers }, worker);
  return {
    callers,
    errors,
    async stop() {
      stopped = true;
      await Promise.all(all);
    },
  };
}
