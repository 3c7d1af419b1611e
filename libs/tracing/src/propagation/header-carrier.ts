import type { TextMapGetter } from '@opentelemetry/api';

/** Values of a header by its name, in any letter case: what Node's http and most frameworks give. */
export type HeaderRecord = Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * HTTP headers: a record, `Headers` of fetch, a `Map`, or any list of pairs.
 *
 * @example
 * const headers: Headers = { Traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' };
 * console.log(TraceContext.fromHeaders(headers).spanId); // b7ad6b7169203331
 */
export type HeaderCarrier = HeaderRecord | Iterable<readonly [string, string | readonly string[]]>;

type Found = Map<string, string[]>;

/** Reads what `findHeaders` found. */
export const foundGetter: TextMapGetter<Found> = {
  get: (found, name) => found.get(name),
  keys: (found) => [...found.keys()],
};

/**
 * Finds the headers of these names (lower-case) in whatever carries them, by any spelling of the name.
 * One name spelled in two ways is two headers, because only the sender knows which counts.
 */
export function findHeaders(carrier: unknown, names: readonly string[]): Found {
  const found: Found = new Map();
  if (typeof carrier !== 'object' || carrier === null) return found;
  const pairs: Iterable<unknown> = isIterable(carrier) ? carrier : Object.entries(carrier);
  for (const pair of pairs) {
    if (!Array.isArray(pair) || typeof pair[0] !== 'string') continue;
    const name = wanted(pair[0], names);
    if (name !== undefined) add(found, name, pair[1]);
  }
  return found;
}

function wanted(spelled: string, names: readonly string[]): string | undefined {
  return names.find((name) => name.length === spelled.length && name === spelled.toLowerCase());
}

function add(found: Found, name: string, given: unknown): void {
  const values = (Array.isArray(given) ? given : [given]).filter((value) => typeof value === 'string');
  if (values.length > 0) found.set(name, [...(found.get(name) ?? []), ...values]);
}

function isIterable(carrier: object): carrier is Iterable<unknown> {
  return typeof (carrier as { [Symbol.iterator]?: unknown })[Symbol.iterator] === 'function';
}
