import fc from 'fast-check';
import { StopMatcher } from './stop-matcher.ts';
import { TextStream } from './text-stream.ts';
import { Utf8Stream } from './utf8-stream.ts';

/** Cuts a list at the given places. */
function cutBytes(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...places].map((from, index) => bytes.subarray(from, places[index] ?? bytes.length));
}

const anyBytes = fc.oneof(
  fc.string({ unit: 'grapheme' }).map((text) => new Uint8Array(Buffer.from(text))),
  fc.uint8Array({ maxLength: 40 }),
  // Leads and continuations alone, where cutting is hard.
  fc
    .array(fc.constantFrom(0xe0, 0xed, 0xf0, 0xf4, 0x80, 0x90, 0x9f, 0xa0, 0xbf, 0xc2, 0x41))
    .map((list) => Uint8Array.from(list)),
);

describe('Utf8Stream', () => {
  it('gives the same text wherever the bytes were cut', () => {
    fc.assert(
      fc.property(anyBytes, fc.array(fc.nat()), (bytes, cuts) => {
        const stream = new Utf8Stream();
        const portions = cutBytes(bytes, cuts).map((portion) => stream.push(portion));
        expect(portions.join('') + stream.end()).toBe(
          new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes),
        );
      }),
      { numRuns: 2_000 },
    );
  });

  it('sends only whole characters, and a replacement for what never became one', () => {
    const stream = new Utf8Stream();
    const [first, second, third, fourth] = Buffer.from('😀');
    expect(stream.push(Uint8Array.of(0x41, first ?? 0, second ?? 0))).toBe('A');
    expect(stream.push(Uint8Array.of(third ?? 0))).toBe('');
    expect(stream.push(Uint8Array.of(fourth ?? 0, 0xe2, 0x82))).toBe('😀');
    expect(stream.end()).toBe('\ufffd');
  });
});

/** As if the text had come character by character. */
function referenceCut(text: string, stops: readonly string[]): { text: string; matched: boolean } {
  for (let end = 1; end <= text.length; end++) {
    const ending = stops
      .filter((stop) => text.slice(0, end).endsWith(stop))
      .sort((a, b) => b.length - a.length)[0];
    if (ending !== undefined) return { text: text.slice(0, end - ending.length), matched: true };
  }
  return { text, matched: false };
}

const fewLetters = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 30 });
const stopTexts = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 5 }), {
  maxLength: 4,
});

describe('StopMatcher', () => {
  it('ends at the same place wherever the text was cut', () => {
    fc.assert(
      fc.property(fc.array(fewLetters, { maxLength: 8 }), stopTexts, (portions, stops) => {
        const matcher = new StopMatcher(stops);
        const sent = portions.map((portion) => matcher.push(portion)).join('') + matcher.end();
        expect({ text: sent, matched: matcher.matched }).toEqual(referenceCut(portions.join(''), stops));
      }),
      { numRuns: 3_000 },
    );
  });

  it('never sends a part of a stop text, and no more than it has to holds back', () => {
    const matcher = new StopMatcher(['</end>']);
    expect(matcher.push('one <')).toBe('one ');
    expect(matcher.push('/e')).toBe('');
    expect(matcher.push('lse')).toBe('</else');
    expect(matcher.push(' two</end> three')).toBe(' two');
    expect(matcher.push('four')).toBe('');
    expect(matcher.end()).toBe('');
  });
});

describe('TextStream', () => {
  it('keeps a character that was cut apart from a whole one that follows', () => {
    const stream = new TextStream([]);
    expect([stream.push(Uint8Array.of(0xe2, 0x82)), stream.push('x'), stream.end()]).toEqual([
      '',
      '\ufffdx',
      '',
    ]);
  });

  it('finds a stop text whose characters came in pieces', () => {
    const stream = new TextStream(['é!']);
    const sent = [
      stream.push('caf'),
      stream.push(Uint8Array.of(0xc3)),
      stream.push(Uint8Array.of(0xa9)),
      stream.push('!'),
    ];
    expect(sent.join('') + stream.end()).toBe('caf');
    expect(stream.stopped).toBe(true);
  });
});
