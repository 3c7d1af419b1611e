import type { RpcError } from '@ryzanstein/rpc';
import type { Clock } from '@ryzanstein/runtime';
import type { HttpCaller } from './http-caller.ts';

/** What was given up gets this long to say so; ms. */
const lastWordsMs = 500;

/** The requests of an edge that have no answer yet. */
export class OpenRequests {
  readonly #clock: Pick<Clock, 'after'>;
  readonly #open = new Set<HttpCaller>();
  #onEmpty: (() => void) | undefined;

  constructor(clock: Pick<Clock, 'after'>) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#open.size;
  }

  add(caller: HttpCaller): void {
    this.#open.add(caller);
  }

  delete(caller: HttpCaller): void {
    this.#open.delete(caller);
    if (this.#open.size === 0) this.#onEmpty?.();
  }

  /** Waits for all to end, for at most `graceMs` or until `force`; those left then end with `reason`. */
  async drain(graceMs: number, force: AbortSignal, reason: RpcError): Promise<'drained' | 'forced'> {
    if (await this.#empty(graceMs, force)) return 'drained';
    for (const caller of this.#open) caller.giveUp(reason);
    await this.#empty(lastWordsMs);
    return 'forced';
  }

  #empty(withinMs: number, force?: AbortSignal): Promise<boolean> {
    if (this.#open.size === 0) return Promise.resolve(true);
    if (force?.aborted === true) return Promise.resolve(false);
    return new Promise((resolve) => {
      const settle = (empty: boolean): void => {
        timer.cancel();
        force?.removeEventListener('abort', giveUp);
        this.#onEmpty = undefined;
        resolve(empty);
      };
      const giveUp = (): void => settle(false);
      const timer = this.#clock.after(withinMs, giveUp);
      force?.addEventListener('abort', giveUp);
      this.#onEmpty = () => settle(true);
    });
  }
}
