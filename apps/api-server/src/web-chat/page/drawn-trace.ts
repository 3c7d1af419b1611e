import { buildTrace, isWhole, readOtlpTraces, valueText, type Span } from '@ryzanstein/trace-analysis';
import type { TraceAnswer } from '@ryzanstein/trace-view';
import type { Turn } from './conversation.ts';

type DrawnSpan = TraceAnswer['spans'][number];

/** A request's trace as its store has it. */
export interface Stored {
  readonly spans: readonly Span[];
  /** No span misses its parent, and no call its other side. */
  readonly whole: boolean;
}

/** The service of spans that the page saw itself. */
export const thisPage = 'this page';

const kinds = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'];

/** Reads the store's answer. */
export function readStored(answer: unknown, traceId: string): Stored {
  const spans = readOtlpTraces(answer).filter((span) => span.traceId === traceId);
  const trace = buildTrace(spans);
  return { spans, whole: trace !== undefined && isWhole(trace) };
}

/**
 * What is drawn of a request. Until the trace is complete that is what this page saw, with the spans
 * that are stored already below it; then the stored spans alone.
 */
export function drawnTrace(
  turn: Turn,
  stored: Stored | undefined,
  settled: boolean,
  nowMs: number,
): TraceAnswer {
  const spans = stored?.spans ?? [];
  const known = new Set(spans.map(({ spanId }) => spanId));
  const seen = settled && spans.length > 0 ? [] : seenHere(turn, spans, nowMs);
  const parentOf = (span: Span): string | undefined => {
    const parent = span.parentSpanId;
    if (seen.length > 0) return parent !== undefined && known.has(parent) ? parent : turn.spanId;
    // The page is the caller, and records nothing: what it called begins the trace.
    return parent === turn.spanId ? undefined : parent;
  };
  return {
    traceId: turn.traceId,
    spans: [...seen, ...spans.map((span) => drawn(span, parentOf(span)))].sort(byStart),
    resources: [],
    logs: [],
    linkedFrom: [],
    linkTargets: [],
  };
}

function drawn(span: Span, parentSpanId: string | undefined): DrawnSpan {
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    ...(parentSpanId === undefined ? {} : { parentSpanId }),
    name: span.name,
    kind: kinds.indexOf(span.kind),
    startTimeUnixNano: String(span.startNs),
    endTimeUnixNano: String(span.endNs),
    attributes: inText(span.attributes),
    events: span.events.map(({ name, timeNs }) => ({ name, timeUnixNano: String(timeNs) })),
    links: span.links.map(({ traceId, spanId, attributes }) => ({
      traceId,
      spanId,
      attributes: inText(attributes),
    })),
    status: {
      ...(span.status === 'error' ? { code: 2 } : {}),
      ...(span.statusMessage === undefined ? {} : { message: span.statusMessage }),
    },
    service: span.service,
    resource: 0,
    scope: { name: '' },
  };
}

function inText(attributes: Span['attributes']): { key: string; value: { stringValue: string } }[] {
  return Object.entries(attributes).map(([key, value]) => ({
    key,
    value: { stringValue: valueText(value) },
  }));
}

/** The request, the wait for its first token, and the tokens, by this page's clock. */
function seenHere(turn: Turn, stored: readonly Span[], nowMs: number): DrawnSpan[] {
  const { startMs, firstMs } = turn;
  const endMs = turn.endMs ?? Math.max(nowMs, startMs);
  const shiftMs = shiftTo(startMs, endMs, stored);
  const span = (spanId: string, name: string, fromMs: number, toMs: number): DrawnSpan => ({
    traceId: turn.traceId,
    spanId,
    ...(spanId === turn.spanId ? {} : { parentSpanId: turn.spanId }),
    name,
    kind: kinds.indexOf(spanId === turn.spanId ? 'client' : 'internal'),
    startTimeUnixNano: nanoseconds(fromMs + shiftMs),
    endTimeUnixNano: nanoseconds(toMs + shiftMs),
    status: turn.state === 'failed' && spanId === turn.spanId ? { code: 2, message: turn.problem } : {},
    service: thisPage,
    resource: 0,
    scope: { name: '' },
    seenHere: true,
  });
  return [
    span(turn.spanId, 'POST /v1/chat/completions', startMs, endMs),
    span('wait-here', 'until the first token', startMs, firstMs ?? endMs),
    ...(firstMs === undefined ? [] : [span('tokens-here', 'tokens arrive', firstMs, endMs)]),
  ];
}

/**
 * How far the page's times are moved. The mesh cannot begin before it is asked, nor after the page's
 * now: where its spans say so the two clocks differ.
 */
function shiftTo(startMs: number, endMs: number, stored: readonly Span[]): number {
  if (stored.length === 0) return 0;
  const firstMs = Math.min(...stored.map(({ startNs }) => Number(startNs) / 1e6));
  return firstMs < startMs || firstMs > endMs ? firstMs - startMs : 0;
}

function nanoseconds(epochMs: number): string {
  return String(BigInt(Math.round(epochMs * 1e3)) * 1_000n);
}

function byStart(a: DrawnSpan, b: DrawnSpan): number {
  const [from, to] = [BigInt(a.startTimeUnixNano), BigInt(b.startTimeUnixNano)];
  if (from !== to) return from < to ? -1 : 1;
  // Of two that start together the longer one is read first.
  return BigInt(a.endTimeUnixNano) > BigInt(b.endTimeUnixNano) ? -1 : 1;
}
