import type { Clock, Timer } from '@ryzanstein/runtime';

/** A timer that comes this late tells that the whole process stood still; ms. */
const STALL_MS = 1_000;
/** After a standstill everybody gets this long to be heard before anything ends by time; ms. */
const HEARING_MS = 3_000;

export interface DueTimerOptions {
  readonly clock: Clock;
  /** When something is due next; undefined where nothing is. */
  readonly nextDueMs: () => number | undefined;
  /** Called when something is due. */
  readonly due: () => void;
  /** Called where the process stood still: what is due then comes later. */
  readonly stalled: (lateMs: number) => void;
}

/** Calls when something is due. Its owner tells it whenever that may have changed. */
export class DueTimer {
  readonly #options: DueTimerOptions;
  #timer: Timer | undefined;
  #setForMs = Infinity;
  #notBeforeMs = -Infinity;
  #closed = false;

  constructor(options: DueTimerOptions) {
    this.#options = options;
  }

  update(): void {
    const { clock, nextDueMs } = this.#options;
    const nextMs = this.#closed ? undefined : nextDueMs();
    if (nextMs === undefined) return;
    const dueMs = Math.max(nextMs, this.#notBeforeMs);
    // An earlier timer that is still set wakes for nothing at worst; most deadlines only move later.
    if (dueMs >= this.#setForMs) return;
    this.#timer?.cancel();
    this.#setForMs = dueMs;
    this.#timer = clock.after(Math.max(0, dueMs - clock.monotonicMs()), () => this.#wake());
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }

  #wake(): void {
    const { clock, due, stalled } = this.#options;
    const nowMs = clock.monotonicMs();
    const lateMs = nowMs - this.#setForMs;
    this.#setForMs = Infinity;
    if (lateMs > STALL_MS) {
      // Reports and renewals that came meanwhile have not been read yet: the silence was our own.
      this.#notBeforeMs = nowMs + HEARING_MS;
      stalled(lateMs);
    } else {
      due();
    }
    this.update();
  }
}
