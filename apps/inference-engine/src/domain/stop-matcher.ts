/**
 * Finds the first stop text in a text that comes in portions, and holds back what could be
 * the beginning of one. The outcome does not depend on where the text was cut.
 */
export class StopMatcher {
  readonly #stops: readonly string[];
  #held = '';
  #matched = false;

  /** @param stops texts before which the text ends; none of them empty. */
  constructor(stops: readonly string[]) {
    this.#stops = stops;
  }

  /** True once a stop text was found; what is pushed afterwards is ignored. */
  get matched(): boolean {
    return this.#matched;
  }

  /** The part that is certain: no stop text, and no beginning of one. */
  push(text: string): string {
    if (this.#stops.length === 0) return text;
    if (this.#matched) return '';
    const all = this.#held + text;
    const start = this.#firstMatch(all);
    if (start >= 0) {
      this.#matched = true;
      this.#held = '';
      return all.slice(0, start);
    }
    const certain = all.length - this.#possibleBeginning(all);
    this.#held = all.slice(certain);
    return all.slice(0, certain);
  }

  /** Ends the text: what was held back was no stop text after all. */
  end(): string {
    const rest = this.#held;
    this.#held = '';
    return rest;
  }

  // The match that ends first counts, as if the text had come character by character; of two
  // that end together, the longer one.
  #firstMatch(text: string): number {
    let start = -1;
    let end = Infinity;
    for (const stop of this.#stops) {
      const at = text.indexOf(stop);
      if (at < 0) continue;
      const matchEnd = at + stop.length;
      if (matchEnd < end || (matchEnd === end && at < start)) {
        start = at;
        end = matchEnd;
      }
    }
    return start;
  }

  #possibleBeginning(text: string): number {
    let longest = 0;
    for (const stop of this.#stops) {
      for (let length = Math.min(stop.length - 1, text.length); length > longest; length--) {
        if (text.endsWith(stop.slice(0, length))) longest = length;
      }
    }
    return longest;
  }
}
