import { spanSourceNames, type SpanSourceName } from '../grpc/span-source-name.ts';
import type { CallerTrust } from '../propagation/caller-trust.ts';
import { propagatorNames, type PropagatorName } from '../propagation/propagated.ts';
import type { SettingsReader } from './settings-reader.ts';

/** How much one span may hold. */
export interface SpanLimits {
  /** Characters of an attribute. */
  readonly attributeValueLengthLimit: number;
  readonly attributeCountLimit: number;
  readonly eventCountLimit: number;
  readonly linkCountLimit: number;
  readonly attributePerEventCountLimit: number;
  readonly attributePerLinkCountLimit: number;
}

/** What spans look like. */
export interface SpanSettings {
  /** What makes the spans of gRPC calls. */
  readonly spanSource: SpanSourceName;
  /** Write the RPC attributes of before the release candidate, too. */
  readonly oldRpcNames: boolean;
  /** Where spans stand until they are sent, in case this process is killed. Undefined: nowhere. */
  readonly spanJournal: string | undefined;
  readonly spanLimits: SpanLimits;
  readonly propagators: readonly PropagatorName[];
  /** `service.name`, where the program gives none. */
  readonly serviceName: string | undefined;
  readonly resourceAttributes: Readonly<Record<string, string>>;
  /** For the process at the edge alone: inside the mesh every caller's trace is continued. */
  readonly callerTrust: CallerTrust;
}

export function readSpanSettings(reader: SettingsReader): SpanSettings {
  return {
    spanSource: reader.choice('RYZ_GRPC_SPANS', spanSourceNames, 'instrumentation') as SpanSourceName,
    oldRpcNames: (reader.text('OTEL_SEMCONV_STABILITY_OPT_IN') ?? '')
      .split(',')
      .some((part) => part.trim() === 'rpc/dup'),
    spanJournal: reader.text('RYZ_SPAN_JOURNAL'),
    spanLimits: readSpanLimits(reader),
    propagators: reader.list('OTEL_PROPAGATORS', propagatorNames, propagatorNames),
    serviceName: reader.text('OTEL_SERVICE_NAME'),
    resourceAttributes: reader.pairs('OTEL_RESOURCE_ATTRIBUTES'),
    callerTrust: reader.choice('RYZ_TRACE_TRUST', ['continue', 'restart'], 'continue') as CallerTrust,
  };
}

function readSpanLimits(reader: SettingsReader): SpanLimits {
  const limit = (variable: string, fallback: number) =>
    reader.number(variable, { default: fallback, min: 1, max: 1_000_000 });
  const count = limit('OTEL_ATTRIBUTE_COUNT_LIMIT', 128);
  const length = limit('OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT', Infinity);
  return {
    attributeValueLengthLimit: limit('OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT', length),
    attributeCountLimit: limit('OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT', count),
    eventCountLimit: limit('OTEL_SPAN_EVENT_COUNT_LIMIT', 128),
    linkCountLimit: limit('OTEL_SPAN_LINK_COUNT_LIMIT', 128),
    attributePerEventCountLimit: limit('OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT', count),
    attributePerLinkCountLimit: limit('OTEL_LINK_ATTRIBUTE_COUNT_LIMIT', count),
  };
}
