import type { HrTime } from '@opentelemetry/api';
import type { ProtobufWriter } from './protobuf-writer.ts';

// AnyValue: string_value, bool_value, int_value, double_value, array_value, kvlist_value, bytes_value.
const [text, bool, int, double, array, list, bytes] = [0x0a, 0x10, 0x18, 0x21, 0x2a, 0x32, 0x3a] as const;
const firstField = 0x0a;
const twoTo63 = 2 ** 63;

/** Writes `repeated KeyValue`, one field of `tag` for each own key. */
export function writeAttributes(
  writer: ProtobufWriter,
  tag: number,
  attributes: Readonly<Record<string, unknown>>,
): void {
  for (const key in attributes) {
    // Not `Object.hasOwn`: in a loop over the keys, the engine leaves this one out.
    if (!Object.prototype.hasOwnProperty.call(attributes, key)) continue;
    const pair = writer.open(tag, 1);
    writer.key(key);
    writeValue(writer, attributes[key]);
    writer.close(pair, 1);
  }
}

/** The length of an AnyValue and the value itself; its tag stands there already. */
function writeValue(writer: ProtobufWriter, value: unknown): void {
  const mark = writer.here();
  if (typeof value === 'string') writer.text(text, value);
  else if (typeof value === 'number') {
    // What is no 64-bit integer is a double, and so are NaN and the infinities.
    if (Number.isInteger(value) && value >= -twoTo63 && value < twoTo63) writer.int(int, value);
    else writer.double(double, value);
  } else if (typeof value === 'boolean') writer.int(bool, value ? 1 : 0);
  else if (value instanceof Uint8Array) writer.blob(bytes, value);
  else if (Array.isArray(value)) {
    const items = writer.open(array, 1);
    for (const item of value) {
      writer.tag(firstField);
      writeValue(writer, item);
    }
    writer.close(items, 1);
  } else if (typeof value === 'object' && value !== null) {
    const pairs = writer.open(list, 1);
    writeAttributes(writer, firstField, value as Readonly<Record<string, unknown>>);
    writer.close(pairs, 1);
  }
  writer.close(mark, 1);
}

const billion = 1e9;

/** Nanoseconds since 1970. They do not fit a double, so they are put together from halves. */
export function writeTime(writer: ProtobufWriter, tag: number, time: HrTime): void {
  const [seconds, nanoseconds] = time;
  const upper = Math.floor(seconds / 0x1_0000) * billion;
  const lower = (seconds & 0xffff) * billion + nanoseconds;
  // By bits, which is far faster than a remainder: both are whole and below 2^53.
  const low = (upper & 0xffff) * 0x1_0000 + (lower >>> 0);
  const high =
    Math.floor(upper / 0x1_0000) + Math.floor(lower / 0x1_0000_0000) + Math.floor(low / 0x1_0000_0000);
  writer.fixed64(tag, low, high);
}
