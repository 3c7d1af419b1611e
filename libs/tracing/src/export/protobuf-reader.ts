/** One field of a protobuf message: a number, or the bytes of a text, a nested message or a fixed width. */
export interface WireField {
  readonly number: number;
  readonly value: number | Uint8Array;
}

/**
 * Reads the fields of a message, as far as short answers need it: numbers above 2^53 lose precision.
 *
 * @throws RangeError when the bytes are no message.
 */
export function* readFields(bytes: Uint8Array): Generator<WireField> {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1, count = 0; count < 10; scale *= 128, count += 1) {
      const byte = bytes[at++];
      if (byte === undefined) break;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    throw new RangeError('a number does not end');
  };
  const take = (length: number): Uint8Array => {
    if (at + length > bytes.length) throw new RangeError('a field is longer than its message');
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const tag = varint();
    const number = Math.floor(tag / 8);
    const type = tag % 8;
    if (number === 0) throw new RangeError('a field has no number');
    if (type === 0) yield { number, value: varint() };
    else if (type === 1) yield { number, value: take(8) };
    else if (type === 2) yield { number, value: take(varint()) };
    else if (type === 5) yield { number, value: take(4) };
    else throw new RangeError(`a field has the unknown type ${type}`);
  }
}

/** The field as a number; 0 where it is none. */
export function numberOf({ value }: WireField): number {
  return typeof value === 'number' ? value : 0;
}

/** The field as bytes; a number has none. */
export function bytesOf({ value }: WireField): Uint8Array {
  return typeof value === 'number' ? new Uint8Array() : value;
}

/** The field as text; what is no UTF-8 is replaced. */
export function textOf(field: WireField): string {
  return new TextDecoder().decode(bytesOf(field));
}
