/** What was asked of one part of the way, and what came of it. */
export type Answer<Value> =
  | { readonly state: 'answered'; readonly url: string; readonly value: Value }
  /** It should answer and does not; `reason` is what the attempt said. */
  | { readonly state: 'silent'; readonly url: string; readonly reason: string }
  /** It was not asked, and `why`. */
  | { readonly state: 'skipped'; readonly why: string };

/** What an address for OTLP turned out to be. */
export type OtlpSpeech =
  'grpc' | 'http' | 'grpc over tls' | 'refused' | 'silent' | 'rejected credentials' | 'something else';

/** Counts of the Collector over all its signals, as its own metrics give them. */
export interface CollectorCounts {
  readonly accepted: number;
  readonly refused: number;
  readonly limited: number;
  readonly notSampled: number;
  /** By exporter. */
  readonly sent: Readonly<Record<string, number>>;
  readonly failed: Readonly<Record<string, number>>;
  readonly notEnqueued: Readonly<Record<string, number>>;
  /** Size ÷ capacity of the fullest queue, by exporter. */
  readonly queued: Readonly<Record<string, number>>;
  /** Documents that Elasticsearch was given, by outcome and status, such as `success 200`. */
  readonly documents: Readonly<Record<string, number>>;
}

/** What the canary's trace looks like where traces are kept. */
export interface StoredCanary {
  readonly kind: 'tracebox' | 'jaeger';
  readonly spans: number;
  readonly whole: boolean;
  readonly services: readonly string[];
  /** Milliseconds by which spans begin before the request, or end after it was read. */
  readonly skewMs: number;
}

/** Everything that was found out, from which hops are judged and causes told. */
export interface Facts {
  readonly settings: {
    readonly otlpEndpoint: string;
    readonly otlpNamed: boolean;
    readonly sdkDisabled: boolean;
    readonly tracesExporter: string;
    readonly captureContent: string;
    readonly batchSize: number | undefined;
    readonly scheduleDelayMs: number | undefined;
    readonly traceparent: string | undefined;
  };
  readonly api: Answer<{ readonly alive: boolean; readonly ready: boolean }>;
  readonly canary: {
    readonly requestId: string;
    readonly traceId: string;
    /** Whether the answer said that the trace is kept. */
    readonly sampled: boolean | undefined;
    /** Whether the one that is followed had to ask to be kept. */
    readonly forced: boolean;
    readonly failure?: { readonly code: string; readonly sentence: string };
    readonly totalMs: number;
  };
  readonly sampling: Answer<{
    readonly text: string;
    readonly probability?: number;
    readonly perSecond?: number;
    readonly truncated: boolean;
  }>;
  readonly otlp: Answer<{ readonly speech: OtlpSpeech; readonly wanted: 'grpc' | 'http' }>;
  readonly sdk: Answer<{ readonly queueFull: number; readonly lost: number; readonly exported: number }>;
  readonly collector: Answer<{ readonly before: CollectorCounts; readonly after: CollectorCounts }>;
  readonly traces: Answer<StoredCanary>;
  readonly prometheus: Answer<{
    readonly counted: number;
    readonly otlpReceiver: boolean | undefined;
    readonly exemplarStorage: boolean | undefined;
    readonly exemplar: boolean;
  }>;
  readonly elasticsearch: Answer<{
    readonly status: number;
    readonly spans: number;
    readonly logs: number;
    readonly templates: boolean;
    readonly ignored: readonly string[];
  }>;
  readonly grafana: Answer<{ readonly status: number }>;
  readonly kibana: Answer<{ readonly status: number }>;
}
