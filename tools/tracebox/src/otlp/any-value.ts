import type { AnyValue, KeyValue } from '@ryzanstein/trace-view';
import { bounded, decimal64, field, object, objects, text, type Source } from './fields.ts';
import { Refusal } from './refusal.ts';

const maxDepth = 16;

/** The attributes of `source`, normalised. */
export function keyValues(source: Source, key: string, depth = 0): KeyValue[] {
  return objects(source, key).map((entry) => ({
    key: text(entry, 'key'),
    value: anyValue(object(entry, 'value'), depth),
  }));
}

/** One value, normalised; what is nested deeper than 16 levels is replaced by a note. */
export function anyValue(source: Source | undefined, depth = 0): AnyValue {
  if (source === undefined) return {};
  if (depth > maxDepth) return { stringValue: '(nested too deeply)' };
  const stringValue = field(source, 'stringValue');
  if (stringValue !== undefined) return { stringValue: text(source, 'stringValue') };
  const boolValue = field(source, 'boolValue');
  if (boolValue !== undefined) return { boolValue: boolValue === true || boolValue === 'true' };
  if (field(source, 'intValue') !== undefined) return { intValue: decimal64(source, 'intValue') };
  const doubleValue = field(source, 'doubleValue');
  if (doubleValue !== undefined) return { doubleValue: double(doubleValue) };
  const array = object(source, 'arrayValue');
  if (array !== undefined)
    return { arrayValue: { values: objects(array, 'values').map((item) => anyValue(item, depth + 1)) } };
  const list = object(source, 'kvlistValue');
  if (list !== undefined) return { kvlistValue: { values: keyValues(list, 'values', depth + 1) } };
  const bytes = field(source, 'bytesValue');
  if (bytes instanceof Uint8Array) return { bytesValue: bounded(Buffer.from(bytes).toString('base64')) };
  if (typeof bytes === 'string') return { bytesValue: text(source, 'bytesValue') };
  return {};
}

function double(value: unknown): NonNullable<AnyValue['doubleValue']> {
  const number = typeof value === 'string' ? Number(value) : value;
  if (typeof number !== 'number') throw new Refusal('doubleValue must be a number.');
  // JSON has no such numbers; protobuf's JSON form writes them as text.
  if (Number.isNaN(number)) return 'NaN';
  if (Math.abs(number) === Infinity) return number > 0 ? 'Infinity' : '-Infinity';
  return number;
}
