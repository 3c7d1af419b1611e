import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';
import type { QueueSettings } from '../settings/export-settings.ts';

/** Delivers batches somewhere. */
export interface BatchSender<T> {
  /**
   * MUST NOT reject, and MUST settle soon after `signal` is aborted. False: the batch is lost.
   */
  send(batch: readonly T[], signal: AbortSignal): Promise<boolean>;
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
  private readonly onDrop: (count: number) => void;
  private items: T[] = [];
  private timer: NodeJS.Timeout | undefined;
  private immediate: NodeJS.Immediate | undefined;
  private sending: Promise<void> | undefined;
  private readonly stop = new AbortController();
  private droppedCount = 0;
  private flushing = false;

  constructor(sender: BatchSender<T>, settings: QueueSettings, onDrop: (count: number) => void) {
    this.sender = sender;
    this.settings = settings;
    this.onDrop = onDrop;
  }

  /** How many were lost: the queue was full, or their batch could not be delivered. */
  get dropped(): number {
    return this.droppedCount;
  }

  /** How many wait. */
  get size(): number {
    return this.items.length;
  }

  add(item: T): void {
    if (this.stop.signal.aborted) return;
    if (this.items.length >= this.settings.maxQueueSize) {
      this.drop(1);
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
    this.drop(this.items.length);
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
      if (!(await this.sender.send(batch, this.stop.signal))) this.drop(batch.length);
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

  private drop(count: number): void {
    if (count === 0) return;
    this.droppedCount += count;
    this.onDrop(count);
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
