/** A parameter cannot be read; the message is a sentence for the caller. */
export class ParameterError extends Error {
  override readonly name = 'ParameterError';
}

const unitUs: Readonly<Record<string, number>> = {
  ns: 1e-3,
  us: 1,
  µs: 1,
  μs: 1,
  ms: 1e3,
  s: 1e6,
  m: 60e6,
  h: 3600e6,
};

/** A duration as Go writes it (`1.5s`, `200ms`, `1m30s`) in microseconds; a bare number is taken in `bareUnit`. */
export function durationUs(name: string, value: string, bareUnit?: 'ms'): number {
  const trimmed = value.trim();
  if (bareUnit !== undefined && /^\d+(\.\d+)?$/.test(trimmed))
    return Number(trimmed) * (unitUs[bareUnit] ?? 1);
  const parts = [...trimmed.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|μs|ms|s|m|h)/g)];
  if (trimmed.length > 64 || parts.length === 0 || parts.map(([part]) => part).join('') !== trimmed)
    throw new ParameterError(`${name} must be a duration such as 1.5s, 200ms or 100us.`);
  return Math.round(
    parts.reduce((sum, [, number, unit]) => sum + Number(number) * (unitUs[unit ?? ''] ?? 0), 0),
  );
}

/** An RFC 3339 time in microseconds since 1970. */
export function rfc3339Us(name: string, value: string): number {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/i.exec(value.trim());
  const seconds = match === null ? NaN : Date.parse(`${match[1]}${match[3]?.toUpperCase()}`);
  if (Number.isNaN(seconds)) throw new ParameterError(`${name} must be a time such as 2026-01-31T12:00:00Z.`);
  return seconds * 1e3 + Number((match?.[2] ?? '0').padEnd(9, '0').slice(0, 6));
}

/** A whole number from `min` to `max`; greater ones count as `max`. */
export function whole(name: string, value: string, min: number, max: number): number {
  if (!/^\d{1,18}$/.test(value.trim()) || Number(value) < min)
    throw new ParameterError(`${name} must be a whole number of at least ${min}.`);
  return Math.min(Number(value), max);
}

/** A JSON object of text values, as Jaeger takes attributes and tags. */
export function textMap(name: string, value: string): [string, string][] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(value);
  } catch {
    parsed = undefined;
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw new ParameterError(`${name} must be a JSON object such as {"error":"true"}.`);
  return Object.entries(parsed).map(([key, entry]) => [
    key,
    typeof entry === 'string' ? entry : JSON.stringify(entry),
  ]);
}

/** A trace id as callers write it: hex, short ones filled with zeros on the left, as Jaeger does. */
export function traceIdOf(value: string): string {
  if (!/^[0-9a-fA-F]{1,32}$/.test(value))
    throw new ParameterError('A trace id must be up to 32 hexadecimal digits.');
  return value.toLowerCase().padStart(32, '0');
}
