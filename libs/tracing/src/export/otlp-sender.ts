import { setImmediate as nextTurn } from 'node:timers/promises';
import type { BatchSender } from './export-queue.ts';
import type { OtlpClient } from './otlp-client.ts';

/** What collectors take if they are not told otherwise; a larger request is not tried. */
const mostRequestBytes = 4 * 1024 * 1024;

/** How items become the bytes of a request. */
export interface BatchEncoding<T> {
  readonly encode: (items: readonly T[]) => Uint8Array;
  /** Encoding this many takes less than a millisecond. */
  readonly sliceItems: number;
}

/**
 * Sends batches, and accounts for every item of them: taken, rejected or lost. What is too large
 * for one request goes in two halves.
 */
export class OtlpSender<T> implements BatchSender<T> {
  private readonly client: OtlpClient;
  private readonly encoding: BatchEncoding<T>;

  constructor(client: OtlpClient, encoding: BatchEncoding<T>) {
    this.client = client;
    this.encoding = encoding;
  }

  async send(batch: readonly T[], signal: AbortSignal): Promise<void> {
    this.client.counter.began(batch.length);
    await this.deliver(batch, signal);
  }

  hurry(): void {
    this.client.hurry();
  }

  close(): void {
    this.client.close();
  }

  private async deliver(batch: readonly T[], signal: AbortSignal): Promise<void> {
    const { counter } = this.client;
    let request: Buffer;
    try {
      request = await this.encoded(batch);
    } catch {
      return this.halve(batch, signal, 'encoding');
    }
    if (request.length > mostRequestBytes && batch.length > 1) return this.halve(batch, signal, 'too large');
    const delivery = await this.client.export(request, signal);
    if (delivery.kind === 'taken') {
      const rejected = Math.min(delivery.rejected, batch.length);
      counter.finished(batch.length - rejected);
      if (rejected > 0) counter.finished(rejected, 'rejected');
    } else if (delivery.kind === 'too_large') await this.halve(batch, signal, delivery.errorType);
    else counter.finished(batch.length, delivery.errorType);
  }

  private async halve(batch: readonly T[], signal: AbortSignal, errorType: string): Promise<void> {
    const { counter, report } = this.client;
    if (batch.length === 1) {
      counter.finished(1, errorType);
      report.unsendable(
        errorType === 'encoding' ? 'one cannot be encoded' : 'one is too large for a request',
      );
      return;
    }
    const middle = Math.ceil(batch.length / 2);
    await this.deliver(batch.slice(0, middle), signal);
    await this.deliver(batch.slice(middle), signal);
  }

  /** In slices, with other work between them: the bytes of several requests are one. */
  private async encoded(batch: readonly T[]): Promise<Buffer> {
    const { encode, sliceItems } = this.encoding;
    const parts: Uint8Array[] = [];
    for (let from = 0; from < batch.length; from += sliceItems) {
      if (from > 0) await nextTurn();
      parts.push(
        encode(from === 0 && batch.length <= sliceItems ? batch : batch.slice(from, from + sliceItems)),
      );
    }
    const [first = new Uint8Array()] = parts;
    if (parts.length > 1) return Buffer.concat(parts);
    return Buffer.from(first.buffer, first.byteOffset, first.byteLength);
  }
}
