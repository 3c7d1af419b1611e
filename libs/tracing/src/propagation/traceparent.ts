import { TraceFlags, type SpanContext } from '@opentelemetry/api';

/** Flag of W3C Trace Context level 2: the trace id's last 56 bits are random. */
export const randomFlag = 0x02;

/**
 * Flags of a new span, completed with what the SDK leaves out: it gives a span no flag but `sampled`. A
 * trace begun here has a random id, and whether another's has is for the other to say.
 */
export function carryRandomFlag(span: SpanContext, parent: SpanContext | undefined): void {
  span.traceFlags |= (parent?.traceFlags ?? randomFlag) & randomFlag;
}

// Of the eight flag bits these two have a meaning that this process may vouch for.
const knownFlags = TraceFlags.SAMPLED | randomFlag;

const pattern = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/s;
const zeroTraceId = '0'.repeat(32);
const zeroSpanId = '0'.repeat(16);

/**
 * Reads a `traceparent` as strictly as W3C Trace Context asks: undefined for version ff,
 * upper-case hex, zero ids, and anything after the flags in version 00. Later versions are read
 * by their first 55 characters.
 */
export function parseTraceparent(value: string): SpanContext | undefined {
  const match = pattern.exec(value);
  if (match === null) return undefined;
  const [, version, traceId, spanId, flags, extension] = match as unknown as [
    string,
    string,
    string,
    string,
    string,
    string?,
  ];
  if (version === 'ff' || (version === '00' && extension !== undefined)) return undefined;
  if (traceId === zeroTraceId || spanId === zeroSpanId) return undefined;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & knownFlags, isRemote: true };
}

const flagTexts = ['00', '01', '02', '03'];

/** The flags as two hex digits, unknown bits as 0. */
export function formatFlags(traceFlags: number): string {
  return flagTexts[traceFlags & knownFlags] ?? '00';
}

/** The version 00 `traceparent` of a span. */
export function formatTraceparent(span: SpanContext): string {
  return `00-${span.traceId}-${span.spanId}-${formatFlags(span.traceFlags)}`;
}
