import {
  buildTrace,
  verify,
  type Attributes,
  type RuleName,
  type Span,
  type VerifyExtra,
} from '@ryzanstein/trace-analysis';
import { attributes, spans as registry } from '@ryzanstein/tracing';
import type { RecordedSpan } from '@ryzanstein/tracing/testing';

/** A request whose trace is to be checked. */
export interface CheckedRequest {
  readonly traceId: string;
  readonly tokens: NonNullable<VerifyExtra['tokens']>;
}

/** What traces break, by rule. */
export interface Consistency {
  readonly traces: number;
  /** Requests of which no span came. */
  readonly missing: number;
  readonly violations: ReadonlyMap<RuleName, readonly string[]>;
}

const definitions = Object.values(registry);
const names: NonNullable<VerifyExtra['names']> = {
  isSpan: (name, kind) =>
    definitions.some(
      ({ pattern, kinds }) => pattern.test(name) && kinds.some((one) => one === kind.toUpperCase()),
    ),
  isAttribute: (key) => Object.hasOwn(attributes, key),
};

/** Holds the trace of each request to what all traces promise, and to the client's own counts. */
export function checkConsistency(
  arrived: readonly RecordedSpan[],
  requests: readonly CheckedRequest[],
): Consistency {
  const byTrace = Map.groupBy(arrived, ({ traceId }) => traceId);
  const violations = new Map<RuleName, string[]>();
  let missing = 0;
  for (const { traceId, tokens } of requests) {
    const trace = buildTrace((byTrace.get(traceId) ?? []).map(analysedSpan));
    if (trace === undefined) missing += 1;
    else
      for (const { rule, message } of verify(trace, { tokens, names }))
        violations.set(rule, [...(violations.get(rule) ?? []), `${traceId}: ${message}`]);
  }
  return { traces: requests.length - missing, missing, violations };
}

function analysedSpan(span: RecordedSpan): Span {
  const { traceId, spanId, parentSpanId, name, service, statusMessage } = span;
  return {
    traceId,
    spanId,
    ...(parentSpanId === undefined ? {} : { parentSpanId }),
    name,
    kind: span.kind.toLowerCase() as Span['kind'],
    service,
    startNs: nanoseconds(span.startEpochMs),
    endNs: nanoseconds(span.endEpochMs),
    attributes: span.attributes as Attributes,
    events: span.events.map((event) => ({
      name: event.name,
      timeNs: nanoseconds(event.epochMs),
      attributes: event.attributes as Attributes,
    })),
    links: span.links.map((link) => ({ ...link, attributes: link.attributes as Attributes })),
    status: span.status.toLowerCase() as Span['status'],
    ...(statusMessage === undefined ? {} : { statusMessage }),
  };
}

function nanoseconds(epochMs: number): bigint {
  return BigInt(Math.round(epochMs * 1_000)) * 1_000n;
}
