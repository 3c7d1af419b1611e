import { type KeyValue, type OtlpSpan, plainText } from '@ryzanstein/trace-view';

/** Span kinds by number, as Jaeger's API writes them. */
export const kindNames = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'] as const;

/** The kind's name; numbers of a later protocol are 'unspecified'. */
export function kindName(kind: number): (typeof kindNames)[number] {
  return kindNames[kind] ?? 'unspecified';
}

/** OTLP's STATUS_CODE_ERROR. */
export const errorStatus = 2;

/** More distinct terms of one span than this are not indexed. */
const maxTermsPerSpan = 256;

/** The service has a span in the trace. */
export const serviceTerm = (service: string): string => `s${service}`;
/** The operation has a span in the trace. */
export const operationTerm = (operation: string): string => `o${operation}`;
/** The resource (by its number) has a span in the trace; stands for all its attributes. */
export const resourceTerm = (resourceNo: number): string => `r${resourceNo}`;
/** An attribute of a span in the trace. */
export const attributeTerm = (key: string, value: string): string => `a${key}\0${value}`;

/** What can be searched of one span, its resource apart. */
export function spanTerms(span: OtlpSpan): string[] {
  const attributes = searchable(span).map(([key, value]) => attributeTerm(key, value));
  return [operationTerm(span.name), ...attributes.slice(0, maxTermsPerSpan)];
}

/** Keys that are searched like attributes without being any. */
export const derivedKeys = ['span.kind', 'error', 'otel.status_code'];

/** A span's attributes as text, with those that Jaeger derives: span.kind, error, otel.status_code. */
export function searchable(span: OtlpSpan): [string, string][] {
  const derived: [string, string][] = [['span.kind', kindName(span.kind)]];
  if (span.status.code === errorStatus) derived.push(['error', 'true'], ['otel.status_code', 'ERROR']);
  if (span.status.code === 1) derived.push(['otel.status_code', 'OK']);
  return [...derived, ...pairs(span.attributes ?? [])];
}

/** Attributes as text; a list counts as a whole and by each element. */
export function pairs(attributes: readonly KeyValue[]): [string, string][] {
  return attributes.flatMap(({ key, value }): [string, string][] => {
    const whole: [string, string] = [key, plainText(value)];
    const elements = value.arrayValue?.values ?? [];
    return [whole, ...elements.map((element): [string, string] => [key, plainText(element)])];
  });
}

/**
 * A 53-bit hash (two rounds of FNV-1a, joined). A collision only costs a look at a trace that
 * does not match: every hit is checked against the spans themselves.
 */
export function hash(text: string): number {
  let low = 0x811c9dc5;
  let high = 0x9e3779b9;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    low = Math.imul(low ^ unit, 0x01000193);
    high = Math.imul(high ^ unit, 0x85ebca6b);
    high ^= high >>> 13;
  }
  return (low >>> 0) * 0x20_0000 + ((high ^ (high >>> 16)) & 0x1f_ffff);
}
