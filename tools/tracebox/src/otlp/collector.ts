import type { Logger } from '@ryzanstein/runtime';
import { maxSpansPerTrace } from '../store/span-writer.ts';
import type { TraceStore } from '../store/trace-store.ts';
import { decodeExport, type Encoding, type Receipt, type Signal } from './codec.ts';
import { readLogBatch } from './log-batch.ts';
import { Refusal } from './refusal.ts';
import { readSpanBatch } from './span-batch.ts';

/** Larger requests, compressed or not, are refused: some twenty times a full batch of an SDK. */
export const maxBodyBytes = 8 * 1024 * 1024;

/** The store cannot write at the moment: the sender should try again. */
export class StoreFailure extends Error {
  override readonly name = 'StoreFailure';
}

/** Takes the body of an `Export` call, whichever way it came. */
export type Collector = (signal: Signal, body: Uint8Array, encoding: Encoding) => Receipt;

const all: Receipt = { rejected: 0, problem: '' };

/**
 * Decodes and stores. Metrics are decoded, so that a wrong body is refused, and dropped.
 *
 * @throws Refusal when the request is wrong, StoreFailure when the store cannot be written.
 */
export function createCollector(store: TraceStore, logger: Logger): Collector {
  const storing = <Result>(work: () => Result): Result => {
    try {
      return work();
    } catch (error) {
      logger.error({ err: error }, 'the trace store could not be written');
      throw new StoreFailure('The trace store could not be written; see its log.', { cause: error });
    }
  };
  return (signal, body, encoding) => {
    const request = decodeExport(signal, body, encoding);
    switch (signal) {
      case 'Trace': {
        const batch = readSpanBatch(request);
        const written = storing(() => store.insertSpans(batch));
        const tooMany = `A trace holds at most ${maxSpansPerTrace} spans.`;
        return {
          rejected: batch.rejected + written.rejected,
          problem: batch.problem || (written.rejected > 0 ? tooMany : ''),
        };
      }
      case 'Logs': {
        const groups = readLogBatch(request);
        if (groups.length > 0) storing(() => store.insertLogs(groups));
        return all;
      }
      case 'Metrics':
        if ('resourceMetrics' in request && !Array.isArray(request.resourceMetrics))
          throw new Refusal('resourceMetrics must be a list of objects.');
        return all;
    }
  };
}
