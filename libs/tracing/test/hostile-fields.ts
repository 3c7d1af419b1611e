import fc from 'fast-check';

/** The values of each header that arrive, in order. */
export type ArrivingFields = Readonly<Record<FieldName, readonly string[]>>;
export type FieldName = 'traceparent' | 'tracestate' | 'baggage' | 'x-request-id';

const hex = (length: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length });
const id = (length: number) =>
  hex(length).map((digits) => (/^0+$/.test(digits) ? `${digits.slice(1)}1` : digits));
const soup = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc.string({ unit: 'binary-ascii', maxLength: 80 }),
  fc.string({ unit: fc.constantFrom(...'00-ff=,;@ \t%aZ_~é\n\0'), maxLength: 120 }),
);

/** A valid `traceparent` of any version. */
export const validTraceparent = fc
  .tuple(
    fc.oneof(fc.constant('00'), hex(2)),
    id(32),
    id(16),
    hex(2),
    fc.constantFrom('', '-', '-more-to-come'),
  )
  .map(([version, traceId, spanId, flags, more]) =>
    version === '00' || version === 'ff'
      ? `00-${traceId}-${spanId}-${flags}`
      : `${version}-${traceId}-${spanId}-${flags}${more}`,
  );

const keyCharacter = fc.constantFrom(...'abcxyz019_-*/');
const firstOfKey = fc.constantFrom(...'abcxyz019');
const keyPart = (longest: number) =>
  fc
    .tuple(firstOfKey, fc.string({ unit: keyCharacter, maxLength: longest - 1 }))
    .map((parts) => parts.join(''));
const key = fc.oneof(
  { weight: 8, arbitrary: keyPart(8) },
  { weight: 1, arbitrary: keyPart(256) },
  { weight: 1, arbitrary: fc.tuple(keyPart(241), keyPart(14)).map((parts) => parts.join('@')) },
);
const valueCharacter = fc.constantFrom(...' !"#+-./09:;<>?@AZ[]_az{|}~');
const value = fc
  .tuple(
    fc.oneof(
      { weight: 9, arbitrary: fc.string({ unit: valueCharacter, maxLength: 12 }) },
      { weight: 1, arbitrary: fc.string({ unit: valueCharacter, maxLength: 255 }) },
    ),
    fc.constantFrom(...'a~!9'),
  )
  .map((parts) => parts.join(''));

/** A valid `tracestate` without blanks, of 1 to 32 members. */
export const validTracestate = fc
  .uniqueArray(fc.tuple(key, value), { minLength: 1, maxLength: 32, selector: ([name]) => name })
  .map((members) => members.map((member) => member.join('=')).join(','));

export const validBaggage = fc
  .array(fc.tuple(keyPart(10), fc.constantFrom('1', 'a%20b', 'x;property', 'x ; p=1', '')), {
    minLength: 1,
    maxLength: 80,
  })
  .map((members) => members.map((member) => member.join('=')).join(','));

export const validRequestId = fc.string({
  unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
  minLength: 1,
  maxLength: 128,
});

/** A value with one character replaced, added or taken away, blanks round it, or twice over. */
function damaged(whole: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc
    .tuple(
      whole,
      fc.nat(600),
      fc.constantFrom('', '0', 'F', '-', '=', ',', ' ', '\t', '@', 'é', '\n'),
      fc.nat(5),
    )
    .map(([text, place, inserted, how]) => {
      const at = place % (text.length + 1);
      if (how === 0) return `${text.slice(0, at)}${inserted}${text.slice(at)}`;
      if (how === 1) return `${text.slice(0, at)}${inserted}${text.slice(at + 1)}`;
      if (how === 2) return text.slice(0, at);
      if (how === 3) return `${inserted} ${text}\t${inserted}`;
      if (how === 4) return `${text},${text}`;
      return text.toUpperCase();
    });
}

const values = (whole: fc.Arbitrary<string>) =>
  fc.oneof(
    { weight: 4, arbitrary: fc.tuple(whole) },
    { weight: 3, arbitrary: fc.tuple(damaged(whole)) },
    { weight: 2, arbitrary: fc.tuple(soup) },
    { weight: 1, arbitrary: fc.array(fc.oneof(whole, damaged(whole), soup), { maxLength: 3 }) },
  );

/** Anything that may stand in the four headers: good, nearly good, or no header at all. */
export const arrivingFields: fc.Arbitrary<ArrivingFields> = fc.record({
  traceparent: values(validTraceparent),
  tracestate: values(validTracestate),
  baggage: values(validBaggage),
  'x-request-id': values(validRequestId),
});
