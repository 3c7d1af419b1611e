import { AsyncLocalStorage } from 'node:async_hooks';
import type { RpcError } from './rpc-error.ts';

/**
 * The life of one call being handled, as its sub-calls see it: until when it may run, and whether it was
 * given up. Once aborted it stays so. Sub-calls take their listener back when they end, so hundreds of
 * them in one call leave nothing behind.
 */
export class CallScope {
  readonly deadlineAtMs?: number;
  #reason?: RpcError;
  #controller?: AbortController;
  readonly #listeners = new Set<(reason: RpcError) => void>();

  constructor(deadlineAtMs?: number) {
    if (deadlineAtMs !== undefined) this.deadlineAtMs = deadlineAtMs;
  }

  /** Why the call was given up, if it was. */
  get reason(): RpcError | undefined {
    return this.#reason;
  }

  /** Made on first use: most calls never look at it. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#reason) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  abort(reason: RpcError): void {
    if (this.#reason) return;
    this.#reason = reason;
    this.#controller?.abort(reason);
    for (const listener of [...this.#listeners]) listener(reason);
    this.#listeners.clear();
  }

  /** Calls `listener` on abort, until the returned function is called. MUST NOT be used once aborted. */
  onAbort(listener: (reason: RpcError) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

const scopes = new AsyncLocalStorage<CallScope | undefined>();

/** The scope of the call being handled here, if any. */
export function currentScope(): CallScope | undefined {
  return scopes.getStore();
}

export function runInScope<T>(scope: CallScope, fn: () => T): T {
  return scopes.run(scope, fn);
}

/**
 * Runs `fn` so that its calls inherit neither deadline nor cancellation of the call being handled, as for
 * giving back a lease after the caller has gone. The trace context stays.
 */
export function detached<T>(fn: () => T): T {
  return scopes.run(undefined, fn);
}
