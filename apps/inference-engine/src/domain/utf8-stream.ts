/**
 * Bytes in any portions to whole characters: what is cut at the end of a portion waits for
 * the next one. The joined output is the text of the joined bytes, however they were cut.
 */
export class Utf8Stream {
  #held: Uint8Array = none;

  /** True where the next portion could complete a character. */
  get holds(): boolean {
    return this.#held.length > 0;
  }

  /** The characters that became whole. Bytes that can begin no character become U+FFFD. */
  push(bytes: Uint8Array): string {
    const all = this.#held.length === 0 ? bytes : joined(this.#held, bytes);
    const cut = all.length - incompleteTail(all);
    this.#held = all.subarray(cut);
    return decoder.decode(all.subarray(0, cut));
  }

  /** Ends the text: bytes still held become U+FFFD. */
  end(): string {
    const rest = decoder.decode(this.#held);
    this.#held = none;
    return rest;
  }
}

const none = new Uint8Array(0);
// A byte order mark is a character of the text here, not a signature to strip.
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const all = new Uint8Array(first.length + second.length);
  all.set(first);
  all.set(second, first.length);
  return all;
}

/** How many bytes at the end are the beginning of a character whose rest may still come. */
export function incompleteTail(bytes: Uint8Array): number {
  const longest = Math.min(3, bytes.length);
  for (let back = 1; back <= longest; back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte >> 6 === 0b10) continue;
    const length = characterLength(byte);
    if (length <= back) return 0;
    return back === 1 || secondByteFits(byte, bytes[bytes.length - back + 1] ?? 0) ? back : 0;
  }
  return 0;
}

function characterLength(lead: number): number {
  if (lead >= 0xc2 && lead <= 0xdf) return 2;
  if (lead >= 0xe0 && lead <= 0xef) return 3;
  return lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
}

/** Over-long forms, surrogates and code points above U+10FFFF are told by the second byte. */
function secondByteFits(lead: number, second: number): boolean {
  if (lead === 0xe0) return second >= 0xa0;
  if (lead === 0xed) return second <= 0x9f;
  if (lead === 0xf0) return second >= 0x90;
  return lead === 0xf4 ? second <= 0x8f : true;
}
