const zero = 0x30;
const nine = 0x39;
const a = 0x61;
const f = 0x66;
const z = 0x7a;

/** Whether a character code is one of `0-9a-f`. */
export function isLowerHex(code: number): boolean {
  return (code >= zero && code <= nine) || (code >= a && code <= f);
}

/** Whether a character code is one of `0-9a-z`. */
export function isLowerAlphanumeric(code: number): boolean {
  return (code >= a && code <= z) || (code >= zero && code <= nine);
}

/** Whether every character is ASCII from `lowest` to `~`. */
export function isPrintable(text: string, lowest: number): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < lowest || code > 0x7e) return false;
  }
  return true;
}

const outerBlanks = /^[ \t]+|[ \t]+$/g;

/** Without the spaces and tabs that HTTP allows round a value. */
export function withoutOuterBlanks(text: string): string {
  return isBlank(text.charCodeAt(0)) || isBlank(text.charCodeAt(text.length - 1))
    ? text.replace(outerBlanks, '')
    : text;
}

/** Space or tab. */
export function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
