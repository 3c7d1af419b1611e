/** How an outbox behaves when its reader is slower than its writer. */
export interface OutboxOptions {
  /** Values held at most. */
  readonly capacity: number;
  /** Makes the error that the reader gets when there are more; absent: the oldest are dropped. */
  readonly overflow?: () => Error;
}

/** Values for one reader, who takes them at its own pace; the writer never waits. */
export class Outbox<Value> {
  readonly #options: OutboxOptions;
  readonly #values: Value[] = [];
  #ended = false;
  #error: Error | undefined;
  #wake: (() => void) | undefined;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** True once it takes nothing more. */
  get ended(): boolean {
    return this.#ended;
  }

  put(value: Value): void {
    if (this.#ended) return;
    const { capacity, overflow } = this.#options;
    if (this.#values.length >= capacity) {
      if (overflow !== undefined) {
        this.#values.length = 0;
        return this.end(overflow());
      }
      this.#values.shift();
    }
    this.#values.push(value);
    this.#wake?.();
  }

  /** Ends the reader's iteration, behind what it has not read yet; with an error, where one is given. */
  end(error?: Error): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Value, void, undefined> {
    for (;;) {
      for (let value = this.#values.shift(); value !== undefined; value = this.#values.shift()) yield value;
      if (this.#error !== undefined) throw this.#error;
      if (this.#ended) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
  }
}
