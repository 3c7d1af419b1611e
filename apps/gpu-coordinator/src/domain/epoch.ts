/** Bits of the counter below the term in an epoch. */
const COUNTER_BITS = 32n;
/** An epoch is an unsigned 64-bit number, so a term has 32 bits. */
const LAST_TERM = (1n << COUNTER_BITS) - 1n;

/** The term, that is the life of one coordinator, in which an epoch was given out. */
export function termOf(epoch: bigint): bigint {
  return epoch >> COUNTER_BITS;
}

/** False for an epoch so high that no later term exists: nothing could be fenced against it. */
export function canBeExceeded(epoch: bigint): boolean {
  return epoch >= 0n && termOf(epoch) < LAST_TERM;
}

/** Gives out fencing numbers, `term << 32 | counter`, each higher than every one before. */
export class EpochSource {
  /** The highest given out so far; a term alone (counter 0) before the first. */
  #last: bigint = 1n << COUNTER_BITS;

  get last(): bigint {
    return this.#last;
  }

  get term(): bigint {
    return termOf(this.#last);
  }

  /** A counter that overflows carries into the term, which keeps the order. */
  next(): bigint {
    this.#last += 1n;
    return this.#last;
  }

  /**
   * Takes a term above that of an epoch which another coordinator gave out.
   * Returns false where the present term is above it already.
   */
  raiseAbove(epoch: bigint): boolean {
    if (termOf(epoch) < this.term) return false;
    this.#last = (termOf(epoch) + 1n) << COUNTER_BITS;
    return true;
  }
}
