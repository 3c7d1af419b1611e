/** What the queue must know of a waiter. */
export interface Queued {
  readonly clientId: string;
  /** Waiters of one lane want the same devices, so they compete; empty means any device. */
  readonly lane: string;
  /** Higher goes first. */
  readonly priority: number;
  /** What it costs its client, in slots; at least 1. */
  readonly slots: number;
}

interface Place<Waiter> {
  readonly waiter: Waiter;
  /** Order of arrival over the whole queue. */
  readonly arrival: number;
  /** The round of the round robin in which its client's deficit covers its slots. */
  round: number;
}

/** One priority of one lane. */
interface Level<Waiter> {
  readonly lane: string;
  readonly priority: number;
  /** In order of service. */
  readonly places: Place<Waiter>[];
  /** The round in which each client was last served, so that it does not get the same round twice. */
  readonly served: Map<string, number>;
}

/**
 * Who is next. Higher priority first; within a priority, deficit round robin over clients with
 * a quantum of one slot; first come first served within a client.
 *
 * The round in which a waiter's turn comes is worked out at its arrival instead of by stepping
 * through rounds. So a waiter that cannot be served yet keeps its turn while others that want
 * other devices go ahead, and nobody who arrives later can push it back.
 */
export class FairQueue<Waiter extends Queued> {
  readonly #levels = new Map<string, Level<Waiter>>();
  #arrivals = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(waiter: Waiter): void {
    const level = this.#levelOf(waiter);
    // Who comes late starts in the round that is being served, not in those that it missed.
    let earliest = Infinity;
    let own = level.served.get(waiter.clientId) ?? 0;
    for (const { waiter: other, round } of level.places) {
      earliest = Math.min(earliest, round - other.slots);
      if (other.clientId === waiter.clientId) own = Math.max(own, round);
    }
    const after = earliest === Infinity ? own : Math.max(own, earliest);
    insert(level.places, { waiter, arrival: (this.#arrivals += 1), round: after + waiter.slots });
    this.#size += 1;
  }

  /** Takes a waiter out unserved; its client's later ones move up. */
  remove(waiter: Waiter): boolean {
    const level = this.#levels.get(levelKey(waiter));
    const index = level?.places.findIndex((place) => place.waiter === waiter) ?? -1;
    if (level === undefined || index < 0) return false;
    const [left] = level.places.splice(index, 1);
    for (const place of level.places)
      if (place.arrival > left!.arrival && place.waiter.clientId === waiter.clientId)
        place.round -= waiter.slots;
    level.places.sort(inOrder);
    this.#shrank(level);
    return true;
  }

  /** How many of its lane are to be served before it, as things stand. */
  ahead(waiter: Waiter): number {
    let ahead = 0;
    for (const level of this.#levels.values()) {
      if (level.lane !== waiter.lane) continue;
      if (level.priority > waiter.priority) ahead += level.places.length;
      else if (level.priority === waiter.priority)
        ahead += level.places.findIndex((place) => place.waiter === waiter);
    }
    return ahead;
  }

  /**
   * Offers the waiters in order of service, each once, until `done`. `serve` returns whether it
   * served the waiter, which then leaves the queue. Between lanes the higher priority, then the
   * earlier arrival among those next in their lanes, goes first.
   */
  serveInOrder(serve: (waiter: Waiter) => boolean, done: () => boolean): void {
    const next = new Map<Level<Waiter>, number>();
    while (!done()) {
      let best: { level: Level<Waiter>; place: Place<Waiter> } | undefined;
      for (const level of this.#levels.values()) {
        const place = level.places[next.get(level) ?? 0];
        if (place !== undefined && (best === undefined || goesFirst(place, best.place)))
          best = { level, place };
      }
      if (best === undefined) return;
      const { level, place } = best;
      const index = next.get(level) ?? 0;
      if (serve(place.waiter)) {
        level.places.splice(index, 1);
        level.served.set(place.waiter.clientId, place.round);
        this.#shrank(level);
      } else {
        next.set(level, index + 1);
      }
    }
  }

  /** How many waiters pass the test, and the first `most` of them in order of service. */
  inLine(test: (waiter: Waiter) => boolean, most: number): { count: number; first: Waiter[] } {
    const first: Waiter[] = [];
    const see = (waiter: Waiter): boolean => {
      if (test(waiter)) first.push(waiter);
      return false;
    };
    this.serveInOrder(see, () => first.length >= most);
    let count = 0;
    for (const { places } of this.#levels.values())
      for (const { waiter } of places) if (test(waiter)) count += 1;
    return { count, first };
  }

  /** Whether any waiter of the lane passes the test. */
  some(lane: string, test: (waiter: Waiter) => boolean): boolean {
    for (const level of this.#levels.values())
      if (level.lane === lane && level.places.some(({ waiter }) => test(waiter))) return true;
    return false;
  }

  /** All waiters, each level in order of service. */
  waiters(): Waiter[] {
    return [...this.#levels.values()].flatMap((level) => level.places.map(({ waiter }) => waiter));
  }

  #levelOf(waiter: Waiter): Level<Waiter> {
    const key = levelKey(waiter);
    const known = this.#levels.get(key);
    if (known !== undefined) return known;
    const { lane, priority } = waiter;
    const level: Level<Waiter> = { lane, priority, places: [], served: new Map() };
    this.#levels.set(key, level);
    return level;
  }

  #shrank(level: Level<Waiter>): void {
    this.#size -= 1;
    // Where nobody waits all are equal, so the rounds begin anew.
    const [first] = level.places;
    if (first === undefined) {
      this.#levels.delete(levelKey(level));
    } else if (level.served.size > 2 * level.places.length + 16) {
      const current = first.round - first.waiter.slots;
      for (const [clientId, round] of level.served) if (round <= current) level.served.delete(clientId);
    }
  }
}

function levelKey({ lane, priority }: { lane: string; priority: number }): string {
  return `${priority} ${lane}`;
}

function inOrder(one: Place<Queued>, other: Place<Queued>): number {
  return one.round - other.round || one.arrival - other.arrival;
}

function goesFirst(one: Place<Queued>, other: Place<Queued>): boolean {
  return (other.waiter.priority - one.waiter.priority || one.arrival - other.arrival) < 0;
}

function insert<Waiter>(places: Place<Waiter>[], place: Place<Waiter>): void {
  let low = 0;
  let high = places.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (places[middle]!.round <= place.round) low = middle + 1;
    else high = middle;
  }
  places.splice(low, 0, place);
}
