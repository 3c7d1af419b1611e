/** Counts what is in flight, up to a limit. */
export interface ConcurrencyLimit {
  readonly limit: number;
  readonly inFlight: number;
  /**
   * Takes a place. Returns the way to give it back (only the first call of it counts), or
   * undefined where all places are taken.
   */
  tryEnter(): (() => void) | undefined;
}

/** A limit of `limit` (1 or more) places. */
export function createConcurrencyLimit(limit: number): ConcurrencyLimit {
  let inFlight = 0;
  return {
    limit,
    get inFlight() {
      return inFlight;
    },
    tryEnter() {
      if (inFlight >= limit) return undefined;
      inFlight += 1;
      let inside = true;
      return () => {
        if (!inside) return;
        inside = false;
        inFlight -= 1;
      };
    },
  };
}
