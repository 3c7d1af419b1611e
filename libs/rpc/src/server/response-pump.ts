import { errorMonitor } from 'node:events';
import type { Writable } from 'node:stream';
import type { WireError } from '../wire-error.ts';
import type { Codec } from './codec.ts';
import type { IncomingCall } from './incoming-call.ts';

type ResponseStream = Writable & { end(metadata?: unknown): unknown };

/**
 * Sends what a handler yields, no faster than the caller reads. The handler's iterator is returned when
 * the call ends before it did.
 */
export class ResponsePump {
  readonly #call: IncomingCall;
  readonly #surface: ResponseStream;
  readonly #codec: Codec;
  #iterator?: AsyncIterator<unknown>;
  #wake?: () => void;

  constructor(call: IncomingCall, surface: ResponseStream, codec: Codec) {
    this.#call = call;
    this.#surface = surface;
    this.#codec = codec;
    // Ahead of whoever ends a span on `finish`, so that the outcome is known by then. A caller may still
    // go away while the last messages wait to be sent, so the call has not succeeded before.
    surface.prependListener('finish', () => call.succeed());
    surface.on('drain', () => this.#wake?.());
  }

  run(responses: AsyncIterable<unknown>): void {
    this.#pump(responses).catch((reason: unknown) => this.#call.fail(reason));
  }

  fail(error: WireError, lost: boolean): void {
    // A lost stream gets neither `finish` nor `error` from grpc-js, and whoever watches it (a span) would
    // wait for ever. The monitor event tells watchers and disturbs nobody else.
    this.#surface.emit(lost ? errorMonitor : 'error', error);
    this.#wake?.();
    const iterator = this.#iterator;
    this.#iterator = undefined;
    iterator?.return?.().catch((reason: unknown) => this.#call.fail(reason));
  }

  async #pump(responses: AsyncIterable<unknown>): Promise<void> {
    const call = this.#call;
    const iterator = responses[Symbol.asyncIterator]();
    this.#iterator = iterator;
    for (;;) {
      let result: IteratorResult<unknown>;
      try {
        result = await iterator.next();
      } catch (reason) {
        this.#iterator = undefined;
        throw reason;
      }
      if (call.ended) return;
      if (result.done) break;
      const bytes = this.#codec.encode(result.value);
      call.sendHeaders();
      if (!this.#surface.write(bytes)) await this.#writable();
      if (call.ended) return;
    }
    this.#iterator = undefined;
    call.sendHeaders();
    this.#surface.end(call.trailers);
  }

  #writable(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = undefined;
        resolve();
      };
    });
  }
}
