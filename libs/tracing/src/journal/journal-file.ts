import { SpanStatusCode, type Attributes } from '@opentelemetry/api';

/**
 * The file of a journal: a header about the process, then slots of one span each. Everything is
 * written in place, so that what the operating system was handed is there after the process was killed.
 */
export const headerBytes = 4_096;
export const slotBytes = 1_024;
const markBytes = 64;
const longestStatus = markBytes - 11;
const longestText = slotBytes - markBytes - 2;

const free = 0;
const open = 1;
const ended = 2;

/** A span as it was when it started. */
export interface StartedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceFlags: number;
  readonly traceState?: string | undefined;
  readonly parentSpanId?: string | undefined;
  readonly parentRemote?: boolean | undefined;
  readonly name: string;
  /** As OpenTelemetry's API numbers them. */
  readonly kind: number;
  readonly startEpochMs: number;
  readonly scope: string;
  readonly attributes: Attributes;
}

/** How a span had ended that was not sent any more. */
export interface SpanEnd {
  readonly endEpochMs: number;
  readonly status: SpanStatusCode;
  /** `rpc.response.status_code`, for the span of a call. */
  readonly rpcStatus?: string | undefined;
}

/** A span that stands in a journal; without an end it was open when its process died. */
export interface JournaledSpan extends StartedSpan {
  readonly end?: SpanEnd | undefined;
}

/** Where a slot stands in the file. */
export function slotOffset(slot: number): number {
  return headerBytes + slot * slotBytes;
}

/** Writes a span into the buffer of a slot; the length used, or undefined where it does not fit. */
export function writeStarted(slot: Buffer, span: StartedSpan): number | undefined {
  const length = fits(slot, span) ?? fits(slot, { ...span, attributes: {}, traceState: undefined });
  if (length === undefined) return undefined;
  slot.fill(0, 0, markBytes);
  slot[0] = open;
  slot.writeUInt16LE(length, markBytes);
  return markBytes + 2 + length;
}

function fits(slot: Buffer, span: StartedSpan): number | undefined {
  const text = JSON.stringify(span);
  // Three bytes are the most that a UTF-16 unit takes.
  if (text.length * 3 > longestText && Buffer.byteLength(text) > longestText) return undefined;
  return slot.write(text, markBytes + 2);
}

/** Writes how a span ended; the length used, to be written over the beginning of its slot. */
export function writeEnd(mark: Buffer, end: SpanEnd): number {
  mark.fill(0, 0, markBytes);
  mark[0] = ended;
  mark[1] = end.status;
  mark.writeDoubleLE(end.endEpochMs, 2);
  mark[10] = mark.write((end.rpcStatus ?? '').slice(0, longestStatus), 11);
  return markBytes;
}

/** What frees a slot when it is written over its beginning. */
export const freed: Buffer = Buffer.from([free]);

/** The spans of a journal's bytes. What cannot be read, as after a full disk, is passed over. */
export function readSlots(file: Buffer): JournaledSpan[] {
  const spans: JournaledSpan[] = [];
  for (let at = headerBytes; at + markBytes + 2 <= file.length; at += slotBytes) {
    const state = file[at];
    if (state !== open && state !== ended) continue;
    const from = at + markBytes + 2;
    try {
      const text = file.toString('utf8', from, from + file.readUInt16LE(at + markBytes));
      const started = JSON.parse(text) as StartedSpan;
      spans.push(state === open ? started : { ...started, end: readEnd(file.subarray(at, at + markBytes)) });
    } catch {
      // Half written.
    }
  }
  return spans;
}

function readEnd(mark: Buffer): SpanEnd {
  const rpcStatus = mark.toString('utf8', 11, 11 + (mark[10] ?? 0));
  return {
    status: mark[1] ?? SpanStatusCode.UNSET,
    endEpochMs: mark.readDoubleLE(2),
    ...(rpcStatus === '' ? {} : { rpcStatus }),
  };
}
