interface Entry {
  readonly key: string;
  readonly atMs: number;
  /** Order of entry, which decides between equal moments. */
  readonly order: number;
}

/**
 * Moments by key, earliest first, and in order of entry where they are equal. Moving one later, which every renewal does, costs no heap
 * operation: the old entry is looked up again when it comes to the top.
 */
export class Deadlines {
  readonly #at = new Map<string, number>();
  readonly #heap: Entry[] = [];
  #entered = 0;

  /** Sets or moves the deadline of a key. */
  set(key: string, atMs: number): void {
    const known = this.#at.get(key);
    this.#at.set(key, atMs);
    if (known === undefined || atMs < known) this.#push(key, atMs);
  }

  delete(key: string): void {
    this.#at.delete(key);
  }

  /** The earliest deadline, or undefined where there is none. */
  nextMs(): number | undefined {
    for (;;) {
      const top = this.#heap[0];
      if (top === undefined) return undefined;
      const atMs = this.#at.get(top.key);
      if (atMs === top.atMs) return atMs;
      this.#pop();
      if (atMs !== undefined && atMs > top.atMs) this.#push(top.key, atMs);
    }
  }

  /** Takes out and returns the earliest key that is due at `nowMs`. */
  takeDue(nowMs: number): string | undefined {
    const nextMs = this.nextMs();
    const key = this.#heap[0]?.key;
    if (nextMs === undefined || key === undefined || nextMs > nowMs) return undefined;
    this.#pop();
    this.#at.delete(key);
    return key;
  }

  #push(key: string, atMs: number): void {
    const heap = this.#heap;
    const entry: Entry = { key, atMs, order: (this.#entered += 1) };
    let index = heap.push(entry) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (before(heap[parent]!, entry)) break;
      heap[index] = heap[parent]!;
      index = parent;
    }
    heap[index] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child += 1;
      if (before(last, heap[child]!)) break;
      heap[index] = heap[child]!;
      index = child;
    }
    heap[index] = last;
  }
}

function before(one: Entry, other: Entry): boolean {
  return one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order);
}
