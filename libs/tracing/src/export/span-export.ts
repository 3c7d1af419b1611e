import { TraceFlags } from '@opentelemetry/api';
import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace';
import type { ExportQueue } from './export-queue.ts';
import type { EncodedSpan, SpanEncoder } from './otlp-spans.ts';

/** Puts every sampled span that ends into a queue. */
export class QueueSpanProcessor implements SpanProcessor {
  private readonly queue: ExportQueue<EncodedSpan>;
  private readonly encode: SpanEncoder['encodeSpan'];
  private readonly timeoutMs: number;

  constructor(queue: ExportQueue<EncodedSpan>, encode: SpanEncoder['encodeSpan'], timeoutMs: number) {
    this.queue = queue;
    this.encode = encode;
    this.timeoutMs = timeoutMs;
  }

  onStart(): void {}

  onEnd(span: ReadableSpan): void {
    if ((span.spanContext().traceFlags & TraceFlags.SAMPLED) !== 0) this.queue.add(this.encode(span));
  }

  forceFlush(): Promise<void> {
    return this.queue.flush(this.timeoutMs);
  }

  shutdown(): Promise<void> {
    return this.queue.shutdown(this.timeoutMs);
  }
}
