/** A value of an attribute; whole numbers beyond 2^53 are kept as decimal text. */
export type AttributeValue =
  string | number | boolean | null | readonly AttributeValue[] | { readonly [key: string]: AttributeValue };

export type Attributes = Readonly<Record<string, AttributeValue>>;

export type SpanKind = 'unspecified' | 'internal' | 'server' | 'client' | 'producer' | 'consumer';

export interface SpanEvent {
  readonly name: string;
  /** Nanoseconds since 1970. */
  readonly timeNs: bigint;
  readonly attributes: Attributes;
}

export interface SpanLink {
  readonly traceId: string;
  readonly spanId: string;
  readonly attributes: Attributes;
}

/** One span as a trace store gave it, ids in lower-case hex. */
export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  /** Absent on the root. */
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: SpanKind;
  /** `service.name` of the process that made it. */
  readonly service: string;
  /** Nanoseconds since 1970. */
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly attributes: Attributes;
  readonly events: readonly SpanEvent[];
  readonly links: readonly SpanLink[];
  readonly status: 'unset' | 'ok' | 'error';
  readonly statusMessage?: string;
}

/** An attribute as text, or undefined where the span does not have it. */
export function textAttribute(attributes: Attributes, key: string): string | undefined {
  const value = attributes[key];
  return value === undefined || value === null ? undefined : valueText(value);
}

/** A value as text, lists and maps as JSON. */
export function valueText(value: AttributeValue): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** An attribute as a number, or undefined where the span does not have it. */
export function numberAttribute(attributes: Attributes, key: string): number | undefined {
  const value = attributes[key];
  if (typeof value !== 'number' && (typeof value !== 'string' || value.trim() === '')) return undefined;
  return Number.isFinite(Number(value)) ? Number(value) : undefined;
}

/** A list of texts; Jaeger may give the list as its JSON text. Empty where the span does not have it. */
export function listAttribute(attributes: Attributes, key: string): readonly string[] {
  const value = attributes[key];
  if (value === undefined || value === null || value === '') return [];
  if (Array.isArray(value)) return value.map(valueText);
  const text = valueText(value);
  if (!text.startsWith('[')) return [text];
  try {
    const parsed: unknown = JSON.parse(text);
    return Array.isArray(parsed) ? parsed.map(String) : [text];
  } catch {
    return [text];
  }
}
