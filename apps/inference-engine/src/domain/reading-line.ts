import type { PromptShare } from './prompt-share.ts';
import type { Sequence } from './sequence.ts';
import type { PromptReader } from './sequence-runner.ts';

/** What a reading line tells, and how much it reads at once. */
export interface ReadingLineOptions {
  /** Prompt tokens in one piece: bounds how long one that was cancelled is still read. */
  readonly chunkTokens: number;
  /** A sequence is ready for the steps. */
  readonly onReady: () => void;
  /** Told once, when the line closes because the reader failed. */
  readonly onFailed: (reason: unknown) => void;
}

/**
 * Prompts that are read beside the steps, a piece at a time, in the order that the share gives. A
 * prompt that is read but for its last token is handed over to the steps.
 *
 * Where the reader fails no sequence is lost: its prompt is read in the steps, from the start, and
 * the line takes no more.
 */
export class ReadingLine {
  readonly #reader: PromptReader;
  readonly #share: PromptShare;
  readonly #options: ReadingLineOptions;
  #sequences: Sequence[] = [];
  /** Those of them that the reader has taken over. */
  readonly #begun = new Set<Sequence>();
  #running: Promise<void> | undefined;
  #open = true;

  constructor(reader: PromptReader, share: PromptShare, options: ReadingLineOptions) {
    this.#reader = reader;
    this.#share = share;
    this.#options = options;
  }

  /** Whether it takes prompts. */
  get open(): boolean {
    return this.#open;
  }

  /** Resolves when no call of the reader is in flight. */
  get ended(): Promise<void> {
    return this.#running ?? Promise.resolve();
  }

  /** What the slot holds of its prompt is kept. */
  add(sequence: Sequence): void {
    sequence.beside = true;
    this.#sequences.push(sequence);
    this.#running ??= this.#run();
  }

  /** Gives back to the steps, which have nothing else to do, one that the reader has not begun with. */
  takeBack(): Sequence | undefined {
    this.#forgetEnded();
    const [next] = this.#share.order(this.#sequences.filter((one) => !this.#begun.has(one)));
    if (next !== undefined) this.#leave(next);
    return next;
  }

  async #run(): Promise<void> {
    for (;;) {
      this.#forgetEnded();
      const [next, ...others] = this.#share.order(this.#sequences);
      if (next === undefined) break;
      next.skipped = 0;
      for (const other of others) other.skipped++;
      await this.#readOn(next);
    }
    this.#running = undefined;
  }

  async #readOn(sequence: Sequence): Promise<void> {
    const { slot } = sequence;
    try {
      if (!this.#begun.has(sequence)) {
        this.#begun.add(sequence);
        await this.#reader.takeOver(slot);
        if (sequence.stage === 'ended') return;
      }
      const count = Math.min(this.#options.chunkTokens, sequence.remaining - 1);
      await this.#reader.read(slot, count);
      if (sequence.stage === 'ended') return;
      sequence.readBeside(count);
      if (sequence.remaining > 1) return;
      await this.#reader.handOver(slot);
    } catch (reason) {
      sequence.forgetPrompt();
      if (this.#open) this.#close(reason);
    }
    this.#leave(sequence);
    this.#options.onReady();
  }

  /** Those that wait are read in the steps. */
  #close(reason: unknown): void {
    this.#open = false;
    this.#options.onFailed(reason);
    for (const sequence of this.#sequences) if (!this.#begun.has(sequence)) this.#leave(sequence);
  }

  #leave(sequence: Sequence): void {
    sequence.beside = false;
    this.#begun.delete(sequence);
    this.#sequences = this.#sequences.filter((one) => one !== sequence);
  }

  #forgetEnded(): void {
    for (const sequence of this.#sequences) if (sequence.stage === 'ended') this.#leave(sequence);
  }
}
