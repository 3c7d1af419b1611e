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

/** Short chats, two at a time, each a trace of its own. */
export function steadyLoad(mesh: MeshOnStack): SteadyLoad {
  const callers: Caller[] = [];
  const errors: string[] = [];
  let stopped = false;
  const worker = async (): Promise<void> => {
    while (!stopped) {
      const from = caller();
      callers.push(from);
      try {
        await mesh.chat(asking('Hi', { maxTokens: 3 }), { metadata: { traceparent: from.traceparent } });
      } catch (error) {
        errors.push(String(error));
      }
      await delay(betweenMs);
    }
  };
  const workers = [worker(), worker()];
  return {
    callers,
    errors,
    async stop() {
      stopped = true;
      await Promise.all(workers);
    },
  };
}
