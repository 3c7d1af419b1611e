import type { Resource } from '@opentelemetry/resources';
import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace';
import type { TelemetryLogger } from '../diagnostics.ts';
import type { BatchSender } from '../export/export-queue.ts';
import type { EncodedSpan } from '../export/otlp-spans.ts';
import { takeLostSpans } from './lost-spans.ts';
import { SpanJournal } from './span-journal.ts';

/** The journal of this process, and what those of killed ones held. */
export interface Journal {
  readonly processor: SpanProcessor;
  /** Spans of killed processes of the same service, to be sent in their place. */
  readonly lost: readonly ReadableSpan[];
  /** A sender that tells the journals what need not be kept any more. */
  sender(inner: BatchSender<EncodedSpan>): BatchSender<EncodedSpan>;
  /** The process ends by itself, and has sent what it could. */
  close(): void;
}

/** Starts a journal; undefined, and said, where its folder cannot be used. */
export function startJournal(
  folder: string,
  service: string,
  resource: Resource,
  maxSpans: number,
  report: TelemetryLogger,
): Journal | undefined {
  const lost = takeLostSpans(folder, service, Date.now());
  let journal: SpanJournal;
  try {
    journal = new SpanJournal(folder, service, resource.attributes, maxSpans);
  } catch (error) {
    const { message: reason } = error as Error;
    report.warn(
      { variable: 'RYZ_SPAN_JOURNAL', value: folder },
      `RYZ_SPAN_JOURNAL is "${folder}", which cannot be written to (${reason}); spans that are not sent yet are lost if this process is killed`,
    );
    return undefined;
  }
  const waiting = new Set(lost.spans.map((span) => span.spanContext().spanId));
  if (waiting.size > 0) {
    report.info({ spans: waiting.size }, `${waiting.size} spans of a process that was killed are sent now`);
  } else lost.forget();
  return {
    processor: journal,
    lost: lost.spans,
    sender: (inner) => ({
      async send(batch, signal) {
        await inner.send(batch, signal);
        journal.settle(batch);
        if (waiting.size === 0) return;
        for (const { spanId } of batch) waiting.delete(spanId);
        if (waiting.size === 0) lost.forget();
      },
      hurry: () => inner.hurry(),
      close: () => inner.close(),
    }),
    close: () => journal.close(),
  };
}
