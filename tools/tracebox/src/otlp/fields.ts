import { Refusal } from './refusal.ts';

/** A decoded protobuf message or a parsed JSON object: nothing is known of its fields yet. */
export type Source = Readonly<Record<string, unknown>>;

/** Longer text is cut: one attribute must not fill the store. */
const maxTextChars = 65_536;

/** A field's value, or undefined when the sender left it out (prototype defaults do not count). */
export function field(source: Source, key: string): unknown {
  return Object.hasOwn(source, key) ? (source[key] ?? undefined) : undefined;
}

/** A list of objects; absent is empty. */
export function objects(source: Source, key: string): readonly Source[] {
  const value = field(source, key);
  if (value === undefined) return [];
  if (!Array.isArray(value) || !value.every(isObject)) throw new Refusal(`${key} must be a list of objects.`);
  return value;
}

/** One object; absent is undefined. */
export function object(source: Source, key: string): Source | undefined {
  const value = field(source, key);
  if (value === undefined) return undefined;
  if (!isObject(value)) throw new Refusal(`${key} must be an object.`);
  return value;
}

function isObject(value: unknown): value is Source {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Well-formed text of bounded length; absent is ''. */
export function text(source: Source, key: string): string {
  const value = field(source, key);
  if (value === undefined) return '';
  if (typeof value !== 'string') throw new Refusal(`${key} must be a string.`);
  return bounded(value);
}

/** Cuts over-long text, and replaces halves of surrogate pairs, which SQLite cannot store. */
export function bounded(value: string): string {
  const cut = value.length > maxTextChars ? `${value.slice(0, maxTextChars)}… (cut)` : value;
  return cut.toWellFormed();
}

/** An unsigned 32-bit number; absent is 0. */
export function whole(source: Source, key: string): number {
  const value = field(source, key);
  if (value === undefined) return 0;
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isInteger(number) || number < 0 || number > 0xffff_ffff)
    throw new Refusal(`${key} must be a whole number from 0 to 4294967295.`);
  return number;
}

/** A 64-bit number as decimal text; JSON may write it as text or as a number, protobuf gives a Long. */
export function decimal64(source: Source, key: string): string {
  const value = field(source, key);
  if (value === undefined) return '0';
  const digits = isLong(value) ? decimalOf(value) : value;
  if (typeof digits === 'string' && /^-?\d{1,20}$/.test(digits)) return digits;
  if (typeof digits === 'number' && Number.isInteger(digits)) return BigInt(digits).toString();
  throw new Refusal(`${key} must be a 64-bit whole number.`);
}

/** A 64-bit number as protobufjs gives it. */
interface Long {
  readonly low: number;
  readonly high: number;
  readonly unsigned: boolean;
}

function isLong(value: unknown): value is Long {
  const { low, high } = value as Partial<Long>;
  return Number.isInteger(low) && Number.isInteger(high);
}

function decimalOf({ low, high, unsigned }: Long): string {
  const bits = (BigInt(high) << 32n) | BigInt(low >>> 0);
  return (unsigned ? BigInt.asUintN(64, bits) : BigInt.asIntN(64, bits)).toString();
}

/** Nanoseconds since 1970 as decimal text; absent is '0'. */
export function nanos(source: Source, key: string): string {
  const digits = decimal64(source, key);
  if (digits.startsWith('-')) throw new Refusal(`${key} must not be negative.`);
  return digits;
}

/** An id in lower-case hex; absent or empty is ''. Its length is the caller's to check. */
export function identifier(source: Source, key: string): string {
  const value = field(source, key);
  if (value === undefined) return '';
  if (value instanceof Uint8Array)
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex');
  if (typeof value === 'string' && /^[0-9a-fA-F]*$/.test(value)) return value.toLowerCase();
  throw new Refusal(`${key} must be hexadecimal.`);
}
