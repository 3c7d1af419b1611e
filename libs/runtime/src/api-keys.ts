import { createHash, randomBytes } from 'node:crypto';

/** One key as its file has it: whose it is, and what is kept of it. */
export interface ApiKey {
  readonly name: string;
  /** SHA-256 of the key. */
  readonly digest: Buffer;
}

/** What a name may be; it also names a client in the fair queue. */
export const apiKeyName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

const linePattern = /^(\S+)\s+sha256:([0-9a-f]{64})$/i;
const wantedLine = 'a line is `name sha256:<64 hex digits>`, as `ryz keys new <name>` writes it';

/**
 * A new key: 256 random bits behind a prefix that scanners of source code can look for.
 *
 * @example
 * const key = newApiKey(); // ryz_2Yc…
 */
export function newApiKey(): string {
  return `ryz_${randomBytes(32).toString('base64url')}`;
}

/**
 * What is kept of a key. A fast hash is right: nobody finds 256 random bits by trying, so that a slow one
 * would only make each request, and each wrong one, cost time. Passwords of people are no such keys.
 */
export function apiKeyDigest(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}

/** The line of a key in its file. */
export function apiKeyLine(name: string, key: string): string {
  return `${name} sha256:${apiKeyDigest(key).toString('hex')}`;
}

/**
 * Reads a file of keys: one line each, `name sha256:<hex>`, `#` begins a comment, empty lines count for
 * nothing. A file may have no key: then nobody has one.
 *
 * @throws Error naming the line and its mend, and never what stands there: it may be a key.
 */
export function parseApiKeys(text: string): readonly ApiKey[] {
  const keys: ApiKey[] = [];
  const lineOfName = new Map<string, number>();
  const lineOfDigest = new Map<string, number>();
  for (const [index, raw] of text
    .replace(/^\ufeff/, '')
    .split('\n')
    .entries()) {
    const line = raw.replace(/#.*$/s, '').trim();
    if (line === '') continue;
    const at = index + 1;
    const [, name = '', hex = ''] = linePattern.exec(line) ?? [];
    if (hex === '') throw new Error(`line ${at} is no key; ${wantedLine}`);
    if (!apiKeyName.test(name))
      throw new Error(
        `line ${at} has a name that is not allowed; use 1 to 64 letters, digits, dots, hyphens and underscores`,
      );
    const digest = Buffer.from(hex, 'hex');
    refuseTwice(lineOfName, name, at, 'name; give each key its own');
    refuseTwice(lineOfDigest, digest.toString('hex'), at, 'key; make another with `ryz keys new <name>`');
    keys.push({ name, digest });
  }
  return keys;
}

function refuseTwice(seen: Map<string, number>, what: string, at: number, mend: string): void {
  const before = seen.get(what);
  if (before !== undefined) throw new Error(`line ${at} and line ${before} have the same ${mend}`);
  seen.set(what, at);
}

/** The file without the line of that key; undefined where it has none. Comments and order stay. */
export function withoutApiKey(text: string, name: string): string | undefined {
  const lines = text.split('\n');
  const kept = lines.filter(
    (line) =>
      line
        .replace(/^\ufeff/, '')
        .trim()
        .split(/\s/, 1)[0] !== name,
  );
  return kept.length === lines.length ? undefined : kept.join('\n');
}
