const firstBytes = 64 * 1024;
// A buffer that one huge batch made large is not kept.
const mostKeptBytes = 1024 * 1024;
const mostCachedKeys = 1_024;

// Below this, a loop over the characters is faster than a call into the runtime.
const shortText = 64;

/**
 * Writes protobuf into a buffer that grows and is used again. Lengths stand before what they
 * measure, so a place is kept for each, and what follows is moved where the place was too small.
 */
export class ProtobufWriter {
  private bytes = Buffer.allocUnsafe(firstBytes);
  private at = 0;
  private readonly keys = new Map<string, Uint8Array>();

  /** Begins a message anew. */
  reset(): void {
    this.at = 0;
    if (this.bytes.length > mostKeptBytes) this.bytes = Buffer.allocUnsafe(firstBytes);
  }

  /** A copy of what was written. */
  finish(): Buffer {
    return Buffer.from(this.bytes.subarray(0, this.at));
  }

  /** Begins a nested message, keeping `place` bytes (1 or 2) for its length. */
  open(tag: number, place: 1 | 2): number {
    this.reserve(4);
    this.bytes[this.at++] = tag;
    const mark = this.at;
    this.at += place;
    return mark;
  }

  /** As `open` with a place of one byte, where the tag stands already. */
  here(): number {
    this.reserve(1);
    return this.at++;
  }

  tag(tag: number): void {
    this.reserve(1);
    this.bytes[this.at++] = tag;
  }

  /** Ends the nested message that `open` gave the mark of. */
  close(mark: number, place: 1 | 2): void {
    const length = this.at - mark - place;
    const needed = sizeOf(length);
    if (needed !== place) {
      this.reserve(needed);
      this.bytes.copyWithin(mark + needed, mark + place, this.at);
      this.at += needed - place;
    }
    this.lengthAt(mark, length);
  }

  /** A whole field of bytes made before. */
  raw(field: Uint8Array): void {
    const { length } = field;
    this.reserve(length);
    const { bytes } = this;
    let { at } = this;
    if (length > shortText) bytes.set(field, at);
    else for (let i = 0; i < length; i += 1) bytes[at + i] = field[i] as number;
    at += length;
    this.at = at;
  }

  /** Field 1, a text that comes again and again, and the tag of field 2: a key before its value. */
  key(text: string): void {
    let field = this.keys.get(text);
    if (field === undefined) {
      const utf8 = Buffer.from(text);
      const size = sizeOf(utf8.length);
      field = new Uint8Array(utf8.length + size + 2);
      field[0] = 0x0a;
      writeLength(field, 1, utf8.length);
      field.set(utf8, size + 1);
      field[field.length - 1] = 0x12;
      if (this.keys.size < mostCachedKeys) this.keys.set(text, field);
    }
    this.raw(field);
  }

  /** Halves of surrogate pairs become U+FFFD. */
  text(tag: number, value: string): void {
    const { length } = value;
    this.reserve(length * 3 + 6);
    const { bytes } = this;
    bytes[this.at++] = tag;
    if (length <= shortText) {
      let at = this.at + 1;
      let i = 0;
      for (; i < length; i += 1) {
        const code = value.charCodeAt(i);
        if (code > 0x7f) break;
        bytes[at++] = code;
      }
      if (i === length) {
        bytes[this.at] = length;
        this.at = at;
        return;
      }
    }
    // The guess is right for ASCII; otherwise, the text is moved.
    const guess = sizeOf(length);
    const written = bytes.write(value, this.at + guess);
    const size = sizeOf(written);
    if (size !== guess) bytes.copyWithin(this.at + size, this.at + guess, this.at + guess + written);
    this.lengthAt(this.at, written);
    this.at += size + written;
  }

  blob(tag: number, value: Uint8Array): void {
    this.reserve(value.length + 6);
    this.bytes[this.at++] = tag;
    const size = sizeOf(value.length);
    this.lengthAt(this.at, value.length);
    this.bytes.set(value, this.at + size);
    this.at += size + value.length;
  }

  /** Hexadecimal digits, as bytes: 16 or 32 of them. */
  hex(tag: number, digits: string): void {
    const length = digits.length >> 1;
    this.reserve(length + 6);
    const { bytes } = this;
    let { at } = this;
    bytes[at++] = tag;
    bytes[at++] = length;
    for (let i = 0; i < length; i += 1) {
      const high = nibbles[digits.charCodeAt(2 * i) & 0x7f] as number;
      const low = nibbles[digits.charCodeAt(2 * i + 1) & 0x7f] as number;
      bytes[at++] = (high << 4) | low;
    }
    this.at = at;
  }

  /** A whole number of 64 bits with sign, as a varint. */
  int(tag: number, value: number): void {
    this.reserve(11);
    const { bytes } = this;
    bytes[this.at++] = tag;
    if (value >= 0 && value < 0x80) {
      bytes[this.at++] = value;
      return;
    }
    let low = value >>> 0;
    let high = Math.floor(value / 0x1_0000_0000) >>> 0;
    while (high > 0 || low > 0x7f) {
      bytes[this.at++] = (low & 0x7f) | 0x80;
      low = ((low >>> 7) | (high << 25)) >>> 0;
      high >>>= 7;
    }
    bytes[this.at++] = low;
  }

  double(tag: number, value: number): void {
    this.reserve(9);
    this.bytes[this.at++] = tag;
    this.at = this.bytes.writeDoubleLE(value, this.at);
  }

  /** `low` and `high` are the halves of 64 bits. */
  fixed64(tag: number, low: number, high: number): void {
    this.reserve(9);
    const { bytes } = this;
    bytes[this.at++] = tag;
    this.word(low);
    this.word(high);
  }

  /** Tags above 15 take two bytes: here the tag is the two of them, the first one low. */
  fixed32(tag: number, value: number): void {
    this.reserve(6);
    this.bytes[this.at++] = tag & 0xff;
    if (tag > 0xff) this.bytes[this.at++] = tag >>> 8;
    this.word(value);
  }

  private word(value: number): void {
    const { bytes } = this;
    bytes[this.at++] = value & 0xff;
    bytes[this.at++] = (value >>> 8) & 0xff;
    bytes[this.at++] = (value >>> 16) & 0xff;
    bytes[this.at++] = value >>> 24;
  }

  private lengthAt(place: number, length: number): void {
    if (length < 0x80) this.bytes[place] = length;
    else writeLength(this.bytes, place, length);
  }

  private reserve(count: number): void {
    const needed = this.at + count;
    if (needed <= this.bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, this.bytes.length * 2));
    this.bytes.copy(larger, 0, 0, this.at);
    this.bytes = larger;
  }
}

function sizeOf(length: number): number {
  if (length < 0x80) return 1;
  if (length < 0x4000) return 2;
  if (length < 0x20_0000) return 3;
  return length < 0x1000_0000 ? 4 : 5;
}

function writeLength(bytes: Uint8Array, place: number, length: number): void {
  let rest = length;
  let at = place;
  while (rest > 0x7f) {
    bytes[at++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  bytes[at] = rest;
}

const nibbles = new Uint8Array(128);
for (let value = 0; value < 16; value += 1) {
  const digit = value.toString(16);
  nibbles[digit.charCodeAt(0)] = value;
  nibbles[digit.toUpperCase().charCodeAt(0)] = value;
}
