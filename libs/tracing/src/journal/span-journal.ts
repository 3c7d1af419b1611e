import { SpanKind, TraceFlags, type Attributes, type HrTime } from '@opentelemetry/api';
import type { ReadableSpan, Span, SpanProcessor } from '@opentelemetry/sdk-trace';
import { closeSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { freed, headerBytes, slotBytes, slotOffset, writeEnd, writeStarted } from './journal-file.ts';
import { makeFolder } from './journal-folder.ts';
import { journalName, thisProcess } from './journal-owner.ts';

/**
 * Keeps the spans that have begun and are not sent yet in a file, so that they are not lost when the
 * process is killed: the spans of other services may have them as parents. A span takes two short
 * writes; spans that begin and end within one turn, made after the fact, take none.
 *
 * MUST stand behind the processors that complete a span at its start.
 */
export class SpanJournal implements SpanProcessor {
  private readonly path: string;
  private readonly file: number;
  private readonly maxSpans: number;
  private readonly slotOf = new Map<string, number>();
  private readonly freeSlots: number[] = [];
  private readonly buffer = Buffer.alloc(slotBytes);
  private begun: ReadableSpan[] = [];
  private usedSlots = 0;
  private closed = false;

  /**
   * @param resource attributes of what the spans have in common
   * @throws Error where the folder cannot be written to.
   */
  constructor(folder: string, service: string, resource: Attributes, maxSpans: number) {
    makeFolder(folder);
    this.path = join(folder, journalName(service, thisProcess()));
    this.file = openSync(this.path, 'w', 0o600);
    this.maxSpans = maxSpans;
    const header = JSON.stringify(resource);
    if (Buffer.byteLength(header) <= headerBytes) writeSync(this.file, header, 0);
  }

  onStart(span: Span): void {
    if (this.closed || (span.spanContext().traceFlags & TraceFlags.SAMPLED) === 0) return;
    if (this.begun.length === 0) queueMicrotask(() => this.writeBegun());
    this.begun.push(span);
  }

  onEnd(span: ReadableSpan): void {
    const slot = this.slotOf.get(span.spanContext().spanId);
    if (slot === undefined || this.closed) return;
    const rpcStatus = span.attributes['rpc.response.status_code'];
    const length = writeEnd(this.buffer, {
      endEpochMs: epochMsOf(span.endTime),
      status: span.status.code,
      rpcStatus: typeof rpcStatus === 'string' ? rpcStatus : undefined,
    });
    this.write(this.buffer, length, slot);
  }

  /** The spans have been sent, or given up: a later process need not. */
  settle(spans: readonly { readonly spanId: string }[]): void {
    for (const { spanId } of spans) {
      const slot = this.slotOf.get(spanId);
      if (slot === undefined) continue;
      this.slotOf.delete(spanId);
      this.freeSlots.push(slot);
      if (!this.closed) this.write(freed, freed.length, slot);
    }
  }

  /** The process ends by itself, and has sent what it could. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    closeSync(this.file);
    unlinkSync(this.path);
  }

  forceFlush(): Promise<void> {
    return Promise.resolve();
  }

  /** Goes on, because the export is not at its end: see `close`. */
  shutdown(): Promise<void> {
    return Promise.resolve();
  }

  private writeBegun(): void {
    const { begun } = this;
    this.begun = [];
    if (this.closed) return;
    for (const span of begun) {
      // Made after the fact. Only a call's span may already be a parent elsewhere.
      if (span.ended && span.kind === SpanKind.INTERNAL) continue;
      const slot = this.freeSlots.pop() ?? this.nextSlot();
      if (slot === undefined) return;
      const length = writeStarted(this.buffer, startedOf(span));
      if (length === undefined) {
        this.freeSlots.push(slot);
        continue;
      }
      this.write(this.buffer, length, slot);
      this.slotOf.set(span.spanContext().spanId, slot);
      if (span.ended) this.onEnd(span);
    }
  }

  private nextSlot(): number | undefined {
    return this.usedSlots < this.maxSpans ? this.usedSlots++ : undefined;
  }

  private write(bytes: Buffer, length: number, slot: number): void {
    try {
      writeSync(this.file, bytes, 0, length, slotOffset(slot));
    } catch {
      // A full disk must not harm the request.
    }
  }
}

function startedOf(span: ReadableSpan) {
  const { traceId, spanId, traceFlags, traceState } = span.spanContext();
  const parent = span.parentSpanContext;
  return {
    traceId,
    spanId,
    traceFlags,
    traceState: traceState?.serialize(),
    parentSpanId: parent?.spanId,
    parentRemote: parent?.isRemote,
    name: span.name,
    kind: span.kind,
    startEpochMs: epochMsOf(span.startTime),
    scope: span.instrumentationScope.name,
    attributes: span.attributes,
  };
}

function epochMsOf([seconds, nanoseconds]: HrTime): number {
  return seconds * 1_000 + nanoseconds / 1e6;
}
