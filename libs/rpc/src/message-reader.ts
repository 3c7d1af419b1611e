import type { Readable } from 'node:stream';

/** Messages held for a slow consumer before the stream, and with it the peer, is made to wait. */
const highWater = 16;

interface Waiter<T> {
  resolve(result: IteratorResult<T, undefined>): void;
  reject(reason: unknown): void;
}

/**
 * Reads a grpc-js stream as an async iterator: one promise per message, back-pressure by pausing, and no
 * destroying of the stream underneath, which in grpc-js neither cancels nor half-closes a call.
 */
export class MessageReader<Raw, T> implements AsyncIterableIterator<T, undefined> {
  readonly #stream: Readable;
  readonly #decode: (raw: Raw) => T;
  readonly #onReturn: () => void;
  #queue: Raw[] = [];
  readonly #waiters: Waiter<T>[] = [];
  #paused = false;
  #finished = false;
  #left = false;
  #failure: unknown;

  /** `onReturn` is called when the consumer leaves before the end. */
  constructor(stream: Readable, decode: (raw: Raw) => T, onReturn: () => void) {
    this.#stream = stream;
    this.#decode = decode;
    this.#onReturn = onReturn;
    stream.on('data', (raw: Raw) => this.#push(raw));
  }

  /** No message follows. With `failure` the iteration throws it after the messages read so far. */
  finish(failure?: unknown): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#failure = failure;
    for (const waiter of this.#waiters.splice(0)) this.#settle(waiter);
  }

  /** Ends at once, dropping what was not consumed. */
  abandon(failure?: unknown): void {
    if (this.#left) return;
    this.#stream.pause();
    this.#queue = [];
    if (this.#finished) this.#failure = failure;
    else this.finish(failure);
  }

  next(): Promise<IteratorResult<T, undefined>> {
    const raw = this.#queue.shift();
    if (raw !== undefined) {
      if (this.#paused && this.#queue.length === 0) this.#resume();
      try {
        return Promise.resolve({ done: false, value: this.#decode(raw) });
      } catch (reason) {
        return Promise.reject(reason);
      }
    }
    return new Promise((resolve, reject) => {
      const waiter = { resolve, reject };
      if (this.#finished) this.#settle(waiter);
      else this.#waiters.push(waiter);
    });
  }

  return(): Promise<IteratorResult<T, undefined>> {
    const early = !this.#finished;
    this.abandon();
    this.#left = true;
    if (early) this.#onReturn();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #push(raw: Raw): void {
    if (this.#finished) return;
    const waiter = this.#waiters.shift();
    if (!waiter) {
      this.#queue.push(raw);
      if (this.#queue.length >= highWater && !this.#paused) {
        this.#paused = true;
        this.#stream.pause();
      }
      return;
    }
    try {
      waiter.resolve({ done: false, value: this.#decode(raw) });
    } catch (reason) {
      waiter.reject(reason);
    }
  }

  #resume(): void {
    this.#paused = false;
    this.#stream.resume();
  }

  // The failure is told once, as with a generator; later calls see the end.
  #settle(waiter: Waiter<T>): void {
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure === undefined) waiter.resolve({ done: true, value: undefined });
    else waiter.reject(failure);
  }
}
