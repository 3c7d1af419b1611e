import type { Attributes } from '@opentelemetry/api';
import type { LogLimits } from '../settings/log-settings.ts';

// These stand in fields of the record's own, taken from the context.
const correlation = new Set(['trace_id', 'span_id', 'trace_flags', 'request_id']);

// Causes of an error's causes, at most.
const maxCauses = 4;

/**
 * Attributes of a log record's fields beside `given`, which no field replaces, cut to the limits. An
 * error's stack stands in `exception.stacktrace` alone.
 */
export function attributesOf(
  fields: Readonly<Record<string, unknown>>,
  limits: LogLimits,
  given: Attributes = {},
): Attributes {
  const attributes: Attributes = { ...given };
  const { attributeValueLength: length } = limits;
  let room = limits.attributeCount - Object.keys(given).length;
  const put = (key: string, value: Attributes[string]) => {
    if (key in given || (!(key in attributes) && room-- <= 0)) return;
    attributes[key] = value;
  };
  for (const key in fields) {
    if (room <= 0) break;
    const value = fields[key];
    if (value === undefined || value === null || correlation.has(key)) continue;
    if (value instanceof Error) {
      put('exception.type', cut(value.name, length));
      put('exception.message', cut(value.message, length));
      const stack = stackOf(value, length);
      if (stack !== '') put('exception.stacktrace', stack);
    } else if (typeof value === 'string') put(key, cut(value, length));
    else if (typeof value === 'boolean') put(key, value);
    else if (typeof value === 'number') put(key, Number.isFinite(value) ? value : String(value));
    else if (Array.isArray(value) && value.every((one) => typeof one === 'string')) {
      put(
        key,
        value.map((one) => cut(one, length)),
      );
    } else put(key, cut(asText(value), length));
  }
  return attributes;
}

/** At most `length` characters, none of them half of one. */
export function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  const last = text.charCodeAt(length - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? length - 1 : length);
}

function stackOf(error: Error, length: number): string {
  let text = error.stack ?? '';
  let { cause } = error;
  for (let depth = 0; depth < maxCauses && cause instanceof Error && text.length < length; depth += 1) {
    text += `\nCaused by: ${cause.stack ?? `${cause.name}: ${cause.message}`}`;
    ({ cause } = cause);
  }
  return cut(text, length);
}

function asText(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    // Something in it is circular, or no JSON has it.
  }
  const above: unknown[] = [];
  try {
    return JSON.stringify(value, function (this: unknown, _key, one: unknown) {
      if (typeof one === 'bigint') return String(one);
      if (typeof one !== 'object' || one === null) return one;
      while (above.length > 0 && above.at(-1) !== this) above.pop();
      if (above.includes(one)) return '[Circular]';
      above.push(one);
      return one;
    });
  } catch {
    return '[unreadable]';
  }
}
