import { isBlank, isLowerAlphanumeric } from './characters.ts';

/** How many members a `tracestate` may have. */
export const maxMembers = 32;

const maxKey = 256;
const maxTenant = 241;
const maxSystem = 14;
const maxValue = 256;

const comma = 0x2c;
const equalsSign = 0x3d;
const at = 0x40;
const space = 0x20;
const tilde = 0x7e;

/** How a `tracestate` reads: `as it is` may be sent on unchanged, `loose` only without blanks and empty members. */
export type ListReading = 'as it is' | 'loose' | 'empty' | 'bad';

/** Reads a list without taking it apart: once, from left to right, and no further than the first fault. */
export function readList(text: string): ListReading {
  const names: string[] = [];
  let loose = false;
  for (let from = 0; from <= text.length;) {
    let start = from;
    while (isBlank(text.charCodeAt(start))) start++;
    if (start === text.length || text.charCodeAt(start) === comma) {
      loose = true;
      from = start + 1;
      continue;
    }
    const equals = keyEnd(text, start);
    if (equals === bad || text.charCodeAt(equals) !== equalsSign) return 'bad';
    const name = text.slice(start, equals);
    if (names.length === maxMembers || names.includes(name)) return 'bad';
    names.push(name);
    const end = valueEnd(text, equals + 1);
    if (end === bad) return 'bad';
    let next = end;
    while (isBlank(text.charCodeAt(next))) next++;
    if (next < text.length && text.charCodeAt(next) !== comma) return 'bad';
    if (start > from || next > end) loose = true;
    from = next + 1;
  }
  if (names.length === 0) return 'empty';
  return loose ? 'loose' : 'as it is';
}

/** Whether a member may have this key: `vendor` or `tenant@vendor`. */
export function isKey(text: string): boolean {
  return keyEnd(text, 0) === text.length;
}

/** Whether a member may have this value. */
export function isValue(text: string): boolean {
  return valueEnd(text, 0) === text.length;
}

const bad = -1;

/** Where the key that begins at `from` ends, or `bad` when none does. */
function keyEnd(text: string, from: number): number {
  if (!isLowerAlphanumeric(text.charCodeAt(from))) return bad;
  let systemAt = bad;
  let end = from + 1;
  for (; end < text.length; end++) {
    const code = text.charCodeAt(end);
    if (isKeyCharacter(code)) continue;
    if (code !== at) break;
    if (systemAt !== bad || end - from > maxTenant) return bad;
    systemAt = end + 1;
    if (!isLowerAlphanumeric(text.charCodeAt(systemAt))) return bad;
  }
  if (systemAt === bad) return end - from > maxKey ? bad : end;
  return end - systemAt > maxSystem ? bad : end;
}

function isKeyCharacter(code: number): boolean {
  // _ - * /
  return isLowerAlphanumeric(code) || code === 0x5f || code === 0x2d || code === 0x2a || code === 0x2f;
}

/** Where the value that begins at `from` ends, the spaces behind it left out, or `bad` when none does. */
function valueEnd(text: string, from: number): number {
  let end = from;
  for (let next = from; next < text.length; next++) {
    const code = text.charCodeAt(next);
    if (code === comma || code < space || code > tilde || code === equalsSign) break;
    if (code === space) continue;
    end = next + 1;
    if (end - from > maxValue) return bad;
  }
  return end === from ? bad : end;
}
