import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';
import type { QueueSettings } from '../settings/export-settings.ts';
import type { ExportCounter } from './export-counts.ts';

/** Delivers batches somewhere. */
export interface BatchSender<T> {
  /**
   * MUST NOT reject, MUST settle soon after `signal` is aborted, and MUST have counted then what
   * became of every item.
   */
  send(batch: readonly T[], signal: AbortSignal): Promise<void>;
  /** The process is about to stop: failing soon matters more than delivering. */
  hurry(): void;
  /** No batch comes any more. MUST NOT throw. */
  close(): void;
}

/**
 * Holds finished spans or log records until they are sent, in batches, one at a time.
 *
 * `add` never throws, blocks or sends: what does not fit is dropped and counted.
 */
export class ExportQueue<T> {
  private readonly sender: BatchSender<T>;
  private readonly settings: QueueSettings;
  private readonly counter: ExportCounter;
  private readonly onFull: () => void;
  private items: T[] = [];
  private timer: NodeJS.Timeout | undefined;
  private immediate: NodeJS.Immediate | undefined;
  private sending: Promise<void> | undefined;
  private readonly stop = new AbortController();
  private flushing = false;

  /** @param onFull called for each item that found no room. */
  constructor(
    sender: BatchSender<T>,
    settings: QueueSettings,
    counter: ExportCounter,
    onFull: () => void = () => {},
  ) {
    this.sender = sender;
    this.settings = settings;
    this.counter = counter;
    this.onFull = onFull;
    counter.queue = this;
  }

  /** How many wait. */
  get size(): number {
    return this.items.length;
  }

  /** How many can wait. */
  get capacity(): number {
    return this.settings.maxQueueSize;
  }

  add(item: T): void {
    if (this.stop.signal.aborted) {
      this.counter.droppedBefore('shutdown', 1);
      return;
    }
    if (this.items.length >= this.settings.maxQueueSize) {
      this.counter.droppedBefore('queue_full', 1);
      this.onFull();
      return;
    }
    this.items.push(item);
    if (this.sending !== undefined) return;
    if (this.items.length >= this.settings.maxBatchSize) {
      // Not at once: this runs inside a request, and a batch takes milliseconds to serialise.
      this.immediate ??= setImmediate(() => this.pump()).unref();
    } else {
      this.timer ??= setTimeout(() => this.pump(true), this.settings.delayMs).unref();
    }
  }

  /** Resolves when what waits now was sent or lost, and at the latest after `timeoutMs`. */
  async flush(timeoutMs: number): Promise<void> {
    await within(timeoutMs, this.drain());
  }

  /** Sends what waits, for at most `timeoutMs`; what is left then is lost. Nothing can be added any more. */
  async shutdown(timeoutMs: number): Promise<void> {
    this.sender.hurry();
    await within(timeoutMs, this.drain());
    this.stop.abort();
    clearTimeout(this.timer);
    clearImmediate(this.immediate);
    await this.sending;
    this.counter.droppedBefore('shutdown', this.items.length);
    this.items = [];
    this.sender.close();
  }

  private async drain(): Promise<void> {
    while ((this.items.length > 0 || this.sending !== undefined) && !this.stop.signal.aborted) {
      this.pump(true);
      await this.sending;
    }
  }

  private pump(partial = false): void {
    clearTimeout(this.timer);
    clearImmediate(this.immediate);
    this.timer = undefined;
    this.immediate = undefined;
    this.flushing ||= partial;
    this.sending ??= context.with(suppressTracing(ROOT_CONTEXT), () => this.sendAll());
  }

  private async sendAll(): Promise<void> {
    const { maxBatchSize, delayMs } = this.settings;
    while (this.items.length >= (this.flushing ? 1 : maxBatchSize) && !this.stop.signal.aborted) {
      const batch = this.items.splice(0, maxBatchSize);
      await this.sender.send(batch, this.stop.signal);
      if (this.items.length < maxBatchSize) {
        // The rest may wait for company, unless someone waits for it.
        if (!this.flushing || this.items.length === 0) break;
      }
    }
    this.flushing = false;
    this.sending = undefined;
    if (this.items.length > 0 && !this.stop.signal.aborted) {
      this.timer ??= setTimeout(() => this.pump(true), delayMs).unref();
    }
  }
}

/** Waits for `work`, but no longer than `timeoutMs`. */
async function within(timeoutMs: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((done) => {
    timer = setTimeout(done, timeoutMs);
  });
  try {
    await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
