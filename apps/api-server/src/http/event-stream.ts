import type { ServerResponse } from 'node:http';
import type { Clock } from '@ryzanstein/runtime';

/** How long a caller waits for a first sign of life, as proxies between it and the mesh do; ms. */
const pingAfterMs = 15_000;

const headers = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  // Some proxies hold back what they may buffer.
  'x-accel-buffering': 'no',
};

/**
 * Server-sent events. Nothing is sent before the first event, so that a request that fails until then
 * gets a status of its own; one that waits long is told so by comments.
 */
export class EventStream {
  readonly #response: ServerResponse;
  readonly #clock: Pick<Clock, 'after'>;
  #ping: { cancel(): void };

  constructor(response: ServerResponse, clock: Pick<Clock, 'after'>) {
    this.#response = response;
    this.#clock = clock;
    this.#ping = this.#nextPing();
  }

  /** Whether a status has gone out, so that a failure can only be told as an event. */
  get begun(): boolean {
    return this.#response.headersSent;
  }

  /** Sends events. Resolves when their reader keeps up: a slow one is waited for, a gone one is not. */
  async send(events: readonly object[]): Promise<void> {
    this.#begin();
    let text = '';
    for (const event of events) text += `data: ${JSON.stringify(event)}\n\n`;
    if (this.#response.write(text) || this.#response.destroyed) return;
    await new Promise<void>((resolve) => {
      const go = (): void => {
        this.#response.off('drain', go);
        this.#response.off('close', go);
        resolve();
      };
      this.#response.on('drain', go);
      this.#response.on('close', go);
    });
  }

  /** Ends a stream that is complete. */
  finish(): void {
    this.#begin();
    this.#response.end('data: [DONE]\n\n');
  }

  /** Ends a stream that has begun and failed. */
  fail(body: object): void {
    this.#begin();
    this.#response.end(`data: ${JSON.stringify(body)}\n\n`);
  }

  /** No comment is sent any more. */
  rest(): void {
    this.#ping.cancel();
  }

  #begin(): void {
    this.#ping.cancel();
    if (!this.begun) this.#response.writeHead(200, headers);
  }

  #nextPing(): { cancel(): void } {
    return this.#clock.after(pingAfterMs, () => {
      if (this.#response.destroyed) return;
      if (!this.begun) this.#response.writeHead(200, headers);
      this.#response.write(': waiting\n\n');
      this.#ping = this.#nextPing();
    });
  }
}
