import { isSpanContextValid, TraceFlags, type SpanContext, type TraceState } from '@opentelemetry/api';
import { isLowerHex } from './characters.ts';

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

// Where the fields of version 00 stand. Later versions may only add behind them.
const traceIdAt = 3;
const spanIdAt = 36;
const flagsAt = 53;
const length = 55;
const dash = 0x2d;
const digitZero = 0x30;

/**
 * Reads a `traceparent` as strictly as W3C Trace Context asks: undefined for version ff,
 * upper-case hex, zero ids, and anything after the flags in version 00. Later versions are read
 * by their first 55 characters.
 */
export function parseTraceparent(value: string): SpanContext | undefined {
  if (value.length < length) return undefined;
  if (
    value.charCodeAt(traceIdAt - 1) !== dash ||
    value.charCodeAt(spanIdAt - 1) !== dash ||
    value.charCodeAt(flagsAt - 1) !== dash
  )
    return undefined;
  if (!isHex(value, 0, 2) || !isHex(value, flagsAt, length) || value.startsWith('ff')) return undefined;
  if (!isId(value, traceIdAt, spanIdAt - 1) || !isId(value, spanIdAt, flagsAt - 1)) return undefined;
  if (value.length > length && !mayGoOn(value)) return undefined;
  return new CallerSpan(value);
}

/** A span of another process, by a `traceparent` that was found to be valid. */
class CallerSpan implements SpanContext {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceFlags: number;
  readonly isRemote = true;
  traceState: TraceState | undefined = undefined;

  constructor(traceparent: string) {
    this.traceId = traceparent.slice(traceIdAt, spanIdAt - 1);
    this.spanId = traceparent.slice(spanIdAt, flagsAt - 1);
    this.traceFlags = Number.parseInt(traceparent.slice(flagsAt, length), 16) & knownFlags;
  }
}

/** Whether the ids may be sent. Those that were read here need no second look, which costs as much as the first. */
export function hasValidIds(span: SpanContext): boolean {
  return span instanceof CallerSpan || isSpanContextValid(span);
}

/** Whether a version may say more than 55 characters. A comma is the mark of two headers that were joined. */
function mayGoOn(value: string): boolean {
  return !value.startsWith('00') && value.charCodeAt(length) === dash && !value.includes(',', length);
}

function isHex(value: string, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (!isLowerHex(value.charCodeAt(at))) return false;
  return true;
}

/** Hex digits that are not all 0. */
function isId(value: string, from: number, to: number): boolean {
  let zeros = true;
  for (let at = from; at < to; at++) {
    const code = value.charCodeAt(at);
    if (!isLowerHex(code)) return false;
    if (code !== digitZero) zeros = false;
  }
  return !zeros;
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
