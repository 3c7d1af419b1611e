/** Who defined a name: OpenTelemetry's conventions, this mesh, or makers of other engines. */
export type Source = 'opentelemetry' | 'ryzanstein' | 'engines';

/** Kinds of value: whole numbers and fractions are told apart, as OTLP does. */
export type AttributeType = 'string' | 'int' | 'double' | 'boolean' | 'string[]';

/**
 * How many different values a key has in a running mesh: a handful, one per thing that an operator
 * runs (models, methods, devices), or one per request. The last must never become a metric's label.
 */
export type Cardinality = 'few' | 'deployment' | 'request';

/**
 * A key of a span, link, event or metric.
 *
 * @example
 * const isLabel = ({ cardinality }: AttributeDefinition) => cardinality !== 'request';
 * const fewValued = Object.values(attributes).filter(isLabel);
 */
export interface AttributeDefinition {
  readonly type: AttributeType;
  readonly source: Source;
  readonly cardinality: Cardinality;
  /** Where it stands: spans, by name or kind. */
  readonly on: string;
  readonly description: string;
  readonly example: string;
  readonly unit?: string;
  /** Spans of which none is without it; elsewhere it may be missing. */
  readonly requiredOn?: readonly Requiring[];
  /** Known only when the span ends: one that its process did not live to end is without it, required or not. */
  readonly atEnd?: true;
  /** A text of several words that people wrote: a name, never a prompt. All other texts hold no blank. */
  readonly words?: true;
}

/** A key of a log record; texts may be sentences, and never the content of a request. */
export type LogAttributeDefinition = Omit<AttributeDefinition, 'requiredOn' | 'atEnd' | 'words'>;

/** What may require an attribute: a span of the registry, or every span that is an error. */
export type Requiring =
  | 'rpcServer'
  | 'rpcClient'
  | 'httpEdge'
  | 'httpClient'
  | 'chat'
  | 'remoteChat'
  | 'embeddings'
  | 'remoteEmbeddings'
  | 'queue'
  | 'prefill'
  | 'decode'
  | 'leaseWait'
  | 'error';

/** Where a span comes from. `name` may hold `<placeholders>`. */
export interface SpanDefinition {
  readonly name: string;
  /** Matches every name that the definition stands for. */
  readonly pattern: RegExp;
  readonly kinds: readonly string[];
  readonly services: string;
  readonly description: string;
}

/** Something that happens within a span. */
export interface EventDefinition {
  readonly on: string;
  readonly description: string;
}

/** A measurement over many requests. */
export interface MetricDefinition {
  readonly instrument: 'histogram' | 'counter' | 'updowncounter' | 'gauge';
  readonly unit: string;
  readonly source: Source;
  readonly labels: readonly string[];
  /** Upper bounds of a histogram's buckets, smallest first; a value equal to a bound is below it. */
  readonly bounds?: readonly number[];
  /** Whole numbers alone. */
  readonly integer?: true;
  readonly description: string;
}
