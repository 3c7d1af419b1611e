import {
  baggageEntryMetadataFromString,
  propagation,
  type Baggage,
  type BaggageEntry,
} from '@opentelemetry/api';
import { isPrintable, withoutOuterBlanks } from './characters.ts';

const maxCharacters = 8192;
const space = 0x20;

/**
 * Baggage as it came, to be passed on as it came. It is only taken apart when someone asks for an
 * entry, because almost nobody does and every request would pay for it.
 */
export class PassedBaggage implements Baggage {
  readonly text: string;
  private parsed: Baggage | undefined;

  constructor(text: string) {
    this.text = text;
  }

  getEntry(key: string): BaggageEntry | undefined {
    return this.entries().getEntry(key);
  }

  getAllEntries(): [string, BaggageEntry][] {
    return this.entries().getAllEntries();
  }

  setEntry(key: string, entry: BaggageEntry): Baggage {
    return this.entries().setEntry(key, entry);
  }

  removeEntry(key: string): Baggage {
    return this.entries().removeEntry(key);
  }

  removeEntries(...keys: string[]): Baggage {
    return this.entries().removeEntries(...keys);
  }

  clear(): Baggage {
    return this.entries().clear();
  }

  private entries(): Baggage {
    this.parsed ??= propagation.createBaggage(parse(this.text));
    return this.parsed;
  }
}

/** The baggage to pass on, or undefined when it is empty, too long or not printable. */
export function passedBaggage(received: string): PassedBaggage | undefined {
  if (received.length > maxCharacters) return undefined;
  // A tab may stand where a space may, but gRPC metadata cannot hold one.
  const text = withoutOuterBlanks(received.includes('\t') ? received.replaceAll('\t', ' ') : received);
  return text !== '' && isPrintable(text, space) ? new PassedBaggage(text) : undefined;
}

function parse(text: string): Record<string, BaggageEntry> {
  // Without a prototype, so that `__proto__` is a key like any other.
  const entries = Object.create(null) as Record<string, BaggageEntry>;
  for (const part of text.split(',')) {
    const [pair = '', ...properties] = part.split(';');
    const equals = pair.indexOf('=');
    if (equals <= 0) continue;
    try {
      const key = decodeURIComponent(pair.slice(0, equals).trim());
      const value = decodeURIComponent(pair.slice(equals + 1).trim());
      entries[key] =
        properties.length === 0
          ? { value }
          : { value, metadata: baggageEntryMetadataFromString(properties.join(';')) };
    } catch {
      // An entry that cannot be decoded is nobody's to read; the text is passed on all the same.
    }
  }
  return entries;
}

/** How baggage goes out: as it came, or written anew, as far as it fits, when code of this process changed it. */
export function baggageText(baggage: Baggage): string {
  if (baggage instanceof PassedBaggage) return baggage.text;
  let text = '';
  for (const [key, entry] of baggage.getAllEntries()) {
    const member = memberOf(key, entry);
    const longer = text === '' ? member : `${text},${member}`;
    if (key !== '' && longer.length <= maxCharacters) text = longer;
  }
  return text;
}

function memberOf(key: string, { value, metadata }: BaggageEntry): string {
  const pair = `${encoded(key).replaceAll('(', '%28').replaceAll(')', '%29')}=${encoded(value)}`;
  const properties = metadata?.toString() ?? '';
  const fits = properties !== '' && !properties.includes(',') && isPrintable(properties, space);
  return fits ? `${pair};${properties}` : pair;
}

/** Half of a surrogate pair has no encoding, and must not make a call fail. */
function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}
