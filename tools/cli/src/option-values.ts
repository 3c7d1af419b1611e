import { isIP } from 'node:net';
import { InvalidArgumentError } from 'commander';

/** `500ms`, `5s`, `2m`, or plain seconds; as milliseconds. */
export function durationOption(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m)?$/.exec(text);
  if (match === null) throw new InvalidArgumentError('It must be a duration such as 500ms, 5s or 2m.');
  const perUnit = { ms: 1, s: 1_000, m: 60_000 }[match[2] ?? 's'] ?? 1_000;
  const milliseconds = Math.round(Number(match[1]) * perUnit);
  if (milliseconds > 86_400_000) throw new InvalidArgumentError('It must be at most a day.');
  return milliseconds;
}

/** The same, of which there must be some. */
export function positiveDurationOption(text: string): number {
  const milliseconds = durationOption(text);
  if (milliseconds === 0) throw new InvalidArgumentError('It must be at least 1ms.');
  return milliseconds;
}

/** A whole number, 1 or more. */
export function countOption(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > 2 ** 31 - 1)
    throw new InvalidArgumentError('It must be a whole number of at least 1.');
  return value;
}

/** A number of at least 0. */
export function numberOption(text: string): number {
  if (!/^(?:\d+\.?\d*|\.\d+)$/.test(text))
    throw new InvalidArgumentError('It must be a number of at least 0.');
  return Number(text);
}

/** An unsigned 64-bit number, kept as decimal text. */
export function seedOption(text: string): string {
  if (!/^\d{1,20}$/.test(text) || BigInt(text) >= 2n ** 64n)
    throw new InvalidArgumentError('It must be a whole number from 0 to 18446744073709551615.');
  return BigInt(text).toString();
}

/** What the mesh takes as `x-request-id`. */
export function requestIdOption(text: string): string {
  if (!/^[\x21-\x7e]{1,128}$/.test(text))
    throw new InvalidArgumentError('It must be 1 to 128 visible ASCII characters without blanks.');
  return text;
}

/** `host:port`. */
export function addressOption(text: string): string {
  const port = Number(/^(?:\[[0-9a-fA-F:]+\]|[^\s:/]+):(\d{1,5})$/.exec(text)?.[1]);
  if (!(port >= 1 && port <= 65_535))
    throw new InvalidArgumentError('It must be host:port, such as localhost:50051.');
  return text;
}

/** An http or https address; a trailing slash is dropped. */
export function urlOption(text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
    throw new InvalidArgumentError('It must be a URL such as http://localhost:16686.');
  return text.replace(/\/+$/, '');
}

/** Host names and IP addresses, separated by commas. */
export function hostNames(text: string, earlier: readonly string[] = []): string[] {
  const names = text.split(',').map((name) => name.trim());
  for (const name of names)
    if (isIP(name) === 0 && !/^(?:\*\.)?[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(name))
      throw new InvalidArgumentError('They must be host names or IP addresses.');
  return [...earlier, ...names];
}

/** Gathers an option that may be given several times. */
export function repeated(text: string, earlier: readonly string[] = []): string[] {
  return [...earlier, text];
}

/** Who goes first: 0 to 9. */
export function priorityOption(text: string): number {
  if (!/^\d$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 0 to 9.');
  return Number(text);
}
