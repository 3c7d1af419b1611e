import { createHash } from 'node:crypto';

/** Choices that follow from a seed: the same seed gives the same case again. */
export interface Draw {
  /** A whole number from `low` to `high`, both included. */
  whole(low: number, high: number): number;
  chance(share: number): boolean;
  pick<T>(list: readonly T[]): T;
  bytes(length: number): Buffer;
  /** Printable ASCII. */
  word(length: number): string;
}

/** Choices of one case; each has a sequence of its own, so that it can be replayed alone. */
export function drawOf(seed: string): Draw {
  const digest = createHash('sha256').update(seed).digest();
  let state = digest.readUInt32LE(0);
  // mulberry32: short, and more than even enough for choices.
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const whole = (low: number, high: number): number => low + Math.floor(next() * (high - low + 1));
  return {
    whole,
    chance: (share) => next() < share,
    pick(list) {
      if (list.length === 0) throw new RangeError('nothing to pick from');
      return list[whole(0, list.length - 1)] as (typeof list)[number];
    },
    bytes: (length) => Buffer.from(Array.from({ length }, () => whole(0, 255))),
    word: (length) => String.fromCharCode(...Array.from({ length }, () => whole(0x21, 0x7e))),
  };
}

/** Bytes with a few places flipped, cut out, doubled or put in. */
export function mutated(draw: Draw, bytes: Buffer, times = draw.whole(1, 4)): Buffer {
  let result = Buffer.from(bytes);
  for (let time = 0; time < times; time++) {
    const at = draw.whole(0, Math.max(0, result.length - 1));
    const [before, after] = [result.subarray(0, at), result.subarray(at)];
    const kind = draw.whole(0, 4);
    if (kind === 0 && result.length > 0) {
      result = Buffer.from(result);
      result[at] = draw.whole(0, 255);
    } else if (kind === 1) result = Buffer.concat([before, draw.bytes(draw.whole(1, 8)), after]);
    else if (kind === 2) result = Buffer.concat([before, after.subarray(draw.whole(1, 8))]);
    else if (kind === 3) result = Buffer.concat([before, after.subarray(0, draw.whole(1, 16)), after]);
    else result = Buffer.from(before);
  }
  return result;
}
