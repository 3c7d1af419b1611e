import type { RpcError } from '../rpc-error.ts';
import type { IncomingCall } from './incoming-call.ts';

/** The calls of a server that have no outcome yet. */
export class OpenCalls {
  readonly #calls = new Set<IncomingCall>();
  #onEmpty?: () => void;

  get size(): number {
    return this.#calls.size;
  }

  add(call: IncomingCall): void {
    this.#calls.add(call);
  }

  delete(call: IncomingCall): void {
    this.#calls.delete(call);
    if (this.#calls.size === 0) this.#onEmpty?.();
  }

  /** Ends the chosen calls with `reason`. */
  giveUp(reason: RpcError, chosen: (call: IncomingCall) => boolean): void {
    for (const call of [...this.#calls]) {
      if (chosen(call)) call.giveUp(reason);
    }
  }

  /** Resolves to true when no call is left, or to false after `graceMs` or on `force`. */
  empty(graceMs: number, force: AbortSignal): Promise<boolean> {
    if (this.#calls.size === 0) return Promise.resolve(true);
    if (force.aborted) return Promise.resolve(false);
    return new Promise((resolve) => {
      const settle = (empty: boolean): void => {
        clearTimeout(timer);
        force.removeEventListener('abort', onForce);
        this.#onEmpty = undefined;
        resolve(empty);
      };
      const onForce = (): void => settle(false);
      const timer = setTimeout(() => settle(false), graceMs);
      force.addEventListener('abort', onForce);
      this.#onEmpty = () => settle(true);
    });
  }
}
