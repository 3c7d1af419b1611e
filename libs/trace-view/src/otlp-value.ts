/** A value in OTLP/JSON: int64 as text, bytes as base64; `{}` is the empty value. */
export interface AnyValue {
  stringValue?: string;
  boolValue?: boolean;
  intValue?: string;
  doubleValue?: number | 'NaN' | 'Infinity' | '-Infinity';
  arrayValue?: { values: AnyValue[] };
  kvlistValue?: { values: KeyValue[] };
  bytesValue?: string;
}

/** An attribute in OTLP/JSON. */
export interface KeyValue {
  key: string;
  value: AnyValue;
}

/** The value as a reader would type it in a search: text bare, numbers in decimal, the rest as JSON. */
export function plainText(value: AnyValue): string {
  if (value.stringValue !== undefined) return value.stringValue;
  if (value.intValue !== undefined) return value.intValue;
  if (value.bytesValue !== undefined) return value.bytesValue;
  if (value.doubleValue !== undefined) return String(value.doubleValue);
  return JSON.stringify(plainValue(value));
}

/** The value as plain JSON; int64 beyond 2^53 loses digits here. */
export function plainValue(value: AnyValue): unknown {
  if (value.stringValue !== undefined) return value.stringValue;
  if (value.boolValue !== undefined) return value.boolValue;
  if (value.intValue !== undefined) return Number(value.intValue);
  if (value.doubleValue !== undefined) return value.doubleValue;
  if (value.bytesValue !== undefined) return value.bytesValue;
  if (value.arrayValue !== undefined) return value.arrayValue.values.map(plainValue);
  if (value.kvlistValue !== undefined)
    return Object.fromEntries(value.kvlistValue.values.map((entry) => [entry.key, plainValue(entry.value)]));
  return null;
}
