import type { GenerationEvent } from './generation.ts';

/** Told what a reader does. */
export interface OutboxOwner {
  /** The reader took everything after it had lagged. */
  onDrained(): void;
  /** The reader left before the end. */
  onAbandoned(): void;
}

type Waiter = (result: IteratorResult<GenerationEvent> | PromiseLike<never>) => void;

/**
 * The events of one sequence between the loop that makes them and the reader that takes them.
 *
 * The loop never waits: `add…` only notes, and `flush` hands over what there is; before the first
 * flush there is nothing to take. Tokens that nobody took yet become one delta. One reader; the
 * order is accepted, started, delta…, done.
 */
export class Outbox implements AsyncIterableIterator<GenerationEvent> {
  readonly #owner: OutboxOwner;
  readonly #maxUnreadTokens: number;
  #accepted: GenerationEvent | undefined;
  #started: GenerationEvent | undefined;
  #text = '';
  #unreadTokens = 0;
  #done: GenerationEvent | undefined;
  #failure: { readonly reason: unknown } | undefined;
  #open = false;
  #over = false;
  #lagging = false;
  #waiter: Waiter | undefined;

  /** @param maxUnreadTokens tokens that may wait before the sequence should pause. */
  constructor(owner: OutboxOwner, maxUnreadTokens: number) {
    this.#owner = owner;
    this.#maxUnreadTokens = maxUnreadTokens;
  }

  /** True while the reader is too far behind. */
  get lagging(): boolean {
    return this.#lagging;
  }

  addAccepted(event: GenerationEvent): void {
    this.#accepted = event;
  }

  addStarted(event: GenerationEvent): void {
    this.#started = event;
  }

  addText(text: string, tokens: number): void {
    this.#text += text;
    this.#unreadTokens += tokens;
    if (this.#unreadTokens > this.#maxUnreadTokens) this.#lagging = true;
  }

  addDone(event: GenerationEvent): void {
    this.#done = event;
  }

  /** Ends the events: what was not taken is dropped, and the reader gets `reason` thrown. */
  fail(reason: unknown): void {
    this.#failure = { reason };
    this.flush();
  }

  /** Hands an event to a reader that waits; from the first call on, it takes the others itself. */
  flush(): void {
    this.#open = true;
    const waiter = this.#waiter;
    if (waiter === undefined) return;
    const result = this.#take();
    if (result === undefined) return;
    this.#waiter = undefined;
    waiter(result);
  }

  next(): Promise<IteratorResult<GenerationEvent>> {
    const result = this.#take();
    if (result !== undefined) return Promise.resolve(result);
    return new Promise(this.#wait);
  }

  return(): Promise<IteratorResult<GenerationEvent>> {
    if (!this.#over) {
      this.#over = true;
      this.#owner.onAbandoned();
    }
    return Promise.resolve(ended);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  // One function per sequence instead of one per token.
  readonly #wait = (resolve: Waiter): void => {
    this.#waiter = resolve;
  };

  #take(): IteratorResult<GenerationEvent> | PromiseLike<never> | undefined {
    if (this.#over) return ended;
    if (this.#failure !== undefined) {
      this.#over = true;
      return Promise.reject(this.#failure.reason);
    }
    const event = this.#open ? this.#nextEvent() : undefined;
    return event === undefined ? undefined : { value: event, done: false };
  }

  #nextEvent(): GenerationEvent | undefined {
    if (this.#accepted !== undefined) {
      const event = this.#accepted;
      this.#accepted = undefined;
      return event;
    }
    if (this.#started !== undefined) {
      const event = this.#started;
      this.#started = undefined;
      return event;
    }
    // The last tokens may have no text: a stop text, cut off.
    if (this.#text !== '' || (this.#unreadTokens > 0 && this.#done !== undefined)) return this.#takeDelta();
    if (this.#done === undefined) return undefined;
    this.#over = true;
    return this.#done;
  }

  #takeDelta(): GenerationEvent {
    const event: GenerationEvent = { type: 'delta', text: this.#text, tokens: this.#unreadTokens };
    this.#text = '';
    this.#unreadTokens = 0;
    if (this.#lagging) {
      this.#lagging = false;
      this.#owner.onDrained();
    }
    return event;
  }
}

const ended: IteratorReturnResult<undefined> = { value: undefined, done: true };
