import { status } from '@grpc/grpc-js';
import { ExportResultCode, type ExportResult } from '@opentelemetry/core';
import { setTimeout as delay } from 'node:timers/promises';
import type { BatchSender } from './export-queue.ts';

/** The part of an OTLP exporter that is used. */
export interface OneShotExporter<T> {
  export(items: T[], done: (result: ExportResult) => void): void;
  shutdown(): Promise<void>;
}

export interface RetryOptions {
  /** No attempt begins later than this after the first one of a batch. */
  readonly giveUpAfterMs?: number;
  readonly firstDelayMs?: number;
  readonly maxDelayMs?: number;
  /** Told of each failed attempt, and of the first success after failures. */
  readonly onOutcome?: (error: Error | undefined) => void;
}

/** What OTLP says may be tried again. */
const retryable = new Set<unknown>([
  status.CANCELLED,
  status.DEADLINE_EXCEEDED,
  status.RESOURCE_EXHAUSTED,
  status.ABORTED,
  status.OUT_OF_RANGE,
  status.UNAVAILABLE,
  status.DATA_LOSS,
]);

// How long a process that stops goes on trying to reach a collector that refuses.
const lastChanceMs = 500;

// A channel that failed waits ever longer before it connects again; a new one connects at once.
const failuresPerChannel = 2;

/**
 * Sends through an OTLP exporter that itself tries once: retries with growing, jittered delays, and
 * makes a new exporter (so a new channel) after every second failure.
 */
export class RetryingSender<T> implements BatchSender<T> {
  private readonly build: () => OneShotExporter<T>;
  private readonly options: RetryOptions;
  private exporter: OneShotExporter<T>;
  private failures = 0;
  private giveUpAtMs = Infinity;
  private readonly hurried = new AbortController();

  constructor(build: () => OneShotExporter<T>, options: RetryOptions = {}) {
    this.build = build;
    this.options = options;
    this.exporter = build();
  }

  async send(batch: readonly T[], signal: AbortSignal): Promise<boolean> {
    const { giveUpAfterMs = 20_000, firstDelayMs = 250, maxDelayMs = 2_000 } = this.options;
    const startedMs = performance.now();
    let delayMs = firstDelayMs;
    for (;;) {
      const error = await this.attempt(batch, signal);
      if (error === undefined) {
        if (this.failures > 0) this.options.onOutcome?.(undefined);
        this.failures = 0;
        return true;
      }
      if (signal.aborted) return false;
      this.failures += 1;
      this.options.onOutcome?.(error);
      if (this.failures % failuresPerChannel === 0) this.rebuild();
      const canRetry = retryable.has((error as { code?: unknown }).code);
      const nextMs = performance.now() + delayMs;
      if (!canRetry || nextMs > Math.min(startedMs + giveUpAfterMs, this.giveUpAtMs)) return false;
      await this.pause(delayMs * (0.8 + Math.random() * 0.4), signal);
      if (signal.aborted) return false;
      delayMs = Math.min(delayMs * 1.6, maxDelayMs);
    }
  }

  hurry(): void {
    this.giveUpAtMs = performance.now() + lastChanceMs;
    this.hurried.abort();
  }

  close(): void {
    discard(this.exporter);
  }

  /** Shorter when the process is about to stop, and not at all once it has no time left. */
  private async pause(delayMs: number, signal: AbortSignal): Promise<void> {
    const { hurried } = this;
    const signals = hurried.signal.aborted ? [signal] : [signal, hurried.signal];
    await delay(delayMs, undefined, { signal: AbortSignal.any(signals), ref: false }).catch(() => {});
  }

  private rebuild(): void {
    discard(this.exporter);
    this.exporter = this.build();
  }

  private attempt(batch: readonly T[], signal: AbortSignal): Promise<Error | undefined> {
    return new Promise((resolve) => {
      const stopped = () => resolve(new Error('stopped'));
      if (signal.aborted) return stopped();
      signal.addEventListener('abort', stopped, { once: true });
      const done = (result: ExportResult) => {
        signal.removeEventListener('abort', stopped);
        resolve(
          result.code === ExportResultCode.SUCCESS ? undefined : (result.error ?? new Error('export failed')),
        );
      };
      try {
        this.exporter.export(batch as T[], done);
      } catch (error) {
        done({ code: ExportResultCode.FAILED, error: error as Error });
      }
    });
  }
}

function discard(exporter: OneShotExporter<never>): void {
  // It waits for calls under way, which their deadline ends; nobody needs to wait with it.
  exporter.shutdown().catch(() => {});
}
