import { SpanKind, SpanStatusCode, type Attributes, type HrTime } from '@opentelemetry/api';
import type { ReadableSpan, Span, SpanProcessor } from '@opentelemetry/sdk-trace';
import { tellRecorded } from './recorded-watch.ts';
import type { SpanKindName } from './tracer.ts';

/**
 * A span as a test sees it, wherever it was caught.
 *
 * @example
 * const lengthMs = ({ startEpochMs, endEpochMs }: RecordedSpan) => endEpochMs - startEpochMs;
 * const recorder = recordSpans();
 * const telemetry = startTelemetry({ serviceName: 'test', spanProcessors: [recorder] });
 * telemetry.tracer.startSpan('step', () => {});
 * const lengths = recorder.spans.map(lengthMs);
 */
export interface RecordedSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Undefined for a root. */
  readonly parentSpanId: string | undefined;
  readonly name: string;
  readonly kind: SpanKindName;
  /** `service.name` of its resource. */
  readonly service: string;
  /** Name of the instrumentation scope. */
  readonly scope: string;
  readonly status: 'UNSET' | 'OK' | 'ERROR';
  readonly statusMessage: string | undefined;
  readonly attributes: Attributes;
  readonly events: readonly {
    readonly name: string;
    readonly epochMs: number;
    readonly attributes: Attributes;
  }[];
  readonly links: readonly {
    readonly traceId: string;
    readonly spanId: string;
    readonly attributes: Attributes;
  }[];
  /** Milliseconds since 1970, with fractions. */
  readonly startEpochMs: number;
  /** Milliseconds since 1970, with fractions. */
  readonly endEpochMs: number;
  readonly traceState: string | undefined;
  readonly traceFlags: number;
  readonly resource: Attributes;
}

/**
 * Keeps every span that ends, for tests: pass it as one of `spanProcessors`.
 *
 * @example
 * const recorder: SpanRecorder = recordSpans();
 * const telemetry = startTelemetry({ serviceName: 'test', spanProcessors: [recorder] });
 * telemetry.tracer.startSpan('step', () => {});
 * const [span] = await recorder.whenIdle();
 * console.log(span?.name); // step
 */
export interface SpanRecorder extends SpanProcessor {
  /** The spans that have ended, in the order of their starts. */
  readonly spans: readonly RecordedSpan[];
  /** Names of the spans that have started and not ended. */
  readonly open: readonly string[];
  /**
   * Resolves once at least `count` spans have ended and none is open. Rejects after `timeoutMs`
   * (5 s by default), naming what is open.
   */
  whenIdle(count?: number, timeoutMs?: number): Promise<readonly RecordedSpan[]>;
  /** Forgets the ended spans. */
  clear(): void;
}

const pollMs = 2;

/**
 * A recorder for `startTelemetry({ spanProcessors: [recorder] })`. With `checked: false` its spans are none of
 * those that a test run holds against the registry of names.
 *
 * @example
 * const recorder = recordSpans();
 * const telemetry = startTelemetry({ serviceName: 'test', spanProcessors: [recorder] });
 */
export function recordSpans({ checked = true }: { readonly checked?: boolean } = {}): SpanRecorder {
  let ended: RecordedSpan[] = [];
  const open = new Map<string, string>();
  return {
    get spans() {
      return [...ended].sort(byStart);
    },
    get open() {
      return [...open.values()];
    },
    async whenIdle(count = 1, timeoutMs = 5_000) {
      const giveUpAtMs = performance.now() + timeoutMs;
      while (ended.length < count || open.size > 0) {
        if (performance.now() > giveUpAtMs) {
          const running = open.size === 0 ? 'none is open' : `open: ${[...open.values()].join(', ')}`;
          throw new Error(`${ended.length} of ${count} spans ended (${running})`);
        }
        await new Promise((resolve) => setTimeout(resolve, pollMs));
      }
      return [...ended].sort(byStart);
    },
    clear() {
      ended = [];
    },
    onStart(span: Span) {
      open.set(span.spanContext().spanId, span.name);
    },
    onEnd(span: ReadableSpan) {
      open.delete(span.spanContext().spanId);
      const one = recorded(span);
      ended.push(one);
      if (checked) tellRecorded({ span: one });
    },
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  };
}

function byStart(one: RecordedSpan, other: RecordedSpan): number {
  return one.startEpochMs - other.startEpochMs || one.endEpochMs - other.endEpochMs;
}

function recorded(span: ReadableSpan): RecordedSpan {
  const { traceId, spanId, traceState, traceFlags } = span.spanContext();
  return {
    traceId,
    spanId,
    parentSpanId: span.parentSpanContext?.spanId,
    name: span.name,
    kind: SpanKind[span.kind] as SpanKindName,
    service: String(span.resource.attributes['service.name']),
    scope: span.instrumentationScope.name,
    status: SpanStatusCode[span.status.code] as RecordedSpan['status'],
    statusMessage: span.status.message,
    attributes: { ...span.attributes },
    events: span.events.map(({ name, time, attributes = {} }) => ({
      name,
      epochMs: epochMsOf(time),
      attributes,
    })),
    links: span.links.map(({ context, attributes = {} }) => ({
      traceId: context.traceId,
      spanId: context.spanId,
      attributes,
    })),
    startEpochMs: epochMsOf(span.startTime),
    endEpochMs: epochMsOf(span.endTime),
    traceState: traceState?.serialize(),
    traceFlags,
    resource: { ...span.resource.attributes },
  };
}

function epochMsOf([seconds, nanoseconds]: HrTime): number {
  return seconds * 1000 + nanoseconds / 1e6;
}
