import {
  baggageEntryMetadataFromString,
  propagation,
  type Baggage,
  type BaggageEntry,
} from '@opentelemetry/api';

const maxCharacters = 8192;
const printable = /^[\x20-\x7e]+$/;

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
export function passedBaggage(text: string): PassedBaggage | undefined {
  return text.length <= maxCharacters && printable.test(text) ? new PassedBaggage(text) : undefined;
}

function parse(text: string): Record<string, BaggageEntry> {
  const entries: Record<string, BaggageEntry> = {};
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

/** How baggage goes out: as it came, or written anew when code of this process changed it. */
export function baggageText(baggage: Baggage): string {
  if (baggage instanceof PassedBaggage) return baggage.text;
  return baggage
    .getAllEntries()
    .map(([key, { value, metadata }]) => {
      const pair = `${encodeURIComponent(key)}=${encodeURIComponent(value)}`;
      return metadata === undefined ? pair : `${pair};${metadata.toString()}`;
    })
    .join(',')
    .slice(0, maxCharacters);
}
