import { StopMatcher } from './stop-matcher.ts';
import { Utf8Stream } from './utf8-stream.ts';

/** A token's text: a string where its bytes are whole characters, else the bytes. */
export type Piece = string | Uint8Array;

/** Token pieces to text that may be sent: whole characters, no part of a possible stop text. */
export class TextStream {
  readonly #utf8 = new Utf8Stream();
  readonly #stop: StopMatcher;

  constructor(stops: readonly string[]) {
    this.#stop = new StopMatcher(stops);
  }

  /** True once a stop text was found; the text has ended before it. */
  get stopped(): boolean {
    return this.#stop.matched;
  }

  /** Takes the next token's piece and gives the text that became certain. */
  push(piece: Piece): string {
    if (typeof piece !== 'string') return this.#stop.push(this.#utf8.push(piece));
    // A whole character can only follow cut bytes when these will never be completed.
    return this.#stop.push(this.#utf8.holds ? this.#utf8.end() + piece : piece);
  }

  /** Ends the text and gives what was held back. */
  end(): string {
    return this.#stop.push(this.#utf8.end()) + this.#stop.end();
  }
}
