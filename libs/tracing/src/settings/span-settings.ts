import { spanSourceNames, type SpanSourceName } from '../grpc/span-source-name.ts';
import type { CallerTrust } from '../propagation/caller-trust.ts';
import type { SettingsReader } from './settings-reader.ts';

/** What spans look like. */
export interface SpanSettings {
  /** What makes the spans of gRPC calls. */
  readonly spanSource: SpanSourceName;
  /** Write the RPC attributes of before the release candidate, too. */
  readonly oldRpcNames: boolean;
  /** Where spans stand until they are sent, in case this process is killed. Undefined: nowhere. */
  readonly spanJournal: string | undefined;
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
    resourceAttributes: reader.pairs('OTEL_RESOURCE_ATTRIBUTES'),
    callerTrust: reader.choice('RYZ_TRACE_TRUST', ['continue', 'restart'], 'continue') as CallerTrust,
  };
}
