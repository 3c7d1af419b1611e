// What may leave, by the grammars of W3C Trace Context and Baggage, written down apart from the code
// under test and in another way: regular expressions over whole values.

const lowerHex = '[0-9a-f]';
const traceparent = new RegExp(`^00-(?!0{32})${lowerHex}{32}-(?!0{16})${lowerHex}{16}-0[0-3]$`);
const keyCharacter = '[a-z0-9_*/-]';
const key = new RegExp(
  `^[a-z0-9](?:${keyCharacter}{0,255}|${keyCharacter}{0,240}@[a-z0-9]${keyCharacter}{0,13})$`,
);
const value = /^(?=.{1,256}$)[ -+\--<>-~]*[!-+\--<>-~]$/;

/** A `traceparent` of version 00 with the two known flags. */
export function isTraceparent(text: string): boolean {
  return traceparent.test(text);
}

/** A `tracestate` of 1 to 32 members, without blanks round them. */
export function isTracestate(text: string): boolean {
  const members = text.split(',');
  const keys = members.map((member) => member.split('=')[0] ?? '');
  return (
    members.length <= 32 &&
    new Set(keys).size === keys.length &&
    members.every((member, at) => {
      const parts = member.split('=');
      return parts.length === 2 && key.test(keys[at] ?? '') && value.test(parts[1] ?? '');
    })
  );
}

/** Baggage that any carrier can hold. */
export function isBaggage(text: string): boolean {
  return /^[!-~](?:[ -~]*[!-~])?$/.test(text) && Buffer.byteLength(text) <= 8_192;
}

export function isRequestId(text: string): boolean {
  return /^[!-~]{1,128}$/.test(text);
}
