const TABLE_SIZE = 1 << 16;

/** Seeded random weights, fast enough for hundreds of millions: a table of normal numbers, drawn from by xorshift. */
export class WeightSource {
  #state: number;
  readonly #normal = new Float32Array(TABLE_SIZE);

  constructor(seed: number) {
    this.#state = Math.imul(seed + 1, 0x9e3779b1) >>> 0 || 1;
    for (let i = 0; i < TABLE_SIZE; i++) {
      // Box–Muller.
      const radius = Math.sqrt(-2 * Math.log((this.#next() + 1) / 2 ** 32));
      this.#normal[i] = radius * Math.cos((2 * Math.PI * this.#next()) / 2 ** 32);
    }
  }

  normal(count: number, deviation: number): Float32Array {
    const values = new Float32Array(count);
    for (let i = 0; i < count; i++) values[i] = (this.#normal[this.#next() >>> 16] ?? 0) * deviation;
    return values;
  }

  /** -magnitude, 0 and +magnitude, equally often. */
  ternary(count: number, magnitude: number): Float32Array {
    const values = new Float32Array(count);
    for (let i = 0; i < count; i++) values[i] = ((this.#next() % 3) - 1) * magnitude;
    return values;
  }

  #next(): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x >>> 0;
    return this.#state;
  }
}
