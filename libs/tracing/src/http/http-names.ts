const known = new Set([
  'CONNECT',
  'DELETE',
  'GET',
  'HEAD',
  'OPTIONS',
  'PATCH',
  'POST',
  'PUT',
  'QUERY',
  'TRACE',
]);

/** The method as the conventions name it: anybody may make up methods, and a label must have few values. */
export function methodName(method: string | undefined): string {
  return method !== undefined && known.has(method) ? method : '_OTHER';
}

/** `{method} {route}`, or the method alone where no route is known. */
export function spanName(method: string, route: string | undefined): string {
  const verb = method === '_OTHER' ? 'HTTP' : method;
  return route === undefined ? verb : `${verb} ${route}`;
}

/** What is used of whatever was thrown, which may come from another realm and so be no `Error` of this one. */
interface Thrown {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly message?: unknown;
  readonly cause?: unknown;
}

function thrown(reason: unknown): Thrown | undefined {
  return typeof reason === 'object' && reason !== null ? reason : undefined;
}

/** A thrown thing's code, else its class. */
export function errorTypeOf(reason: unknown): string {
  const error = thrown(reason);
  // fetch wraps what happened on the network.
  const names = [error?.code, thrown(error?.cause)?.code, error?.name];
  return names.find((name) => typeof name === 'string') ?? typeof reason;
}

/** A thrown thing's message, where it has one. */
export function messageOf(reason: unknown): string | undefined {
  const message = thrown(reason)?.message;
  return typeof message === 'string' ? message : undefined;
}

/** Where a request was sent to, as its `Host` header or URL says. */
export interface HttpAddress {
  readonly address: string;
  readonly port: number;
}

const longest = 255;
const hostPattern = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(\d{1,5}))?$/i;

/** Reads a `Host` header, which a caller may fill with anything; undefined where it names no host. */
export function hostAddress(host: string | undefined, scheme: 'http' | 'https'): HttpAddress | undefined {
  if (host === undefined || host.length > longest) return undefined;
  const match = hostPattern.exec(host);
  if (match === null) return undefined;
  const [, name = '', digits] = match;
  const port = digits === undefined ? (scheme === 'https' ? 443 : 80) : Number(digits);
  return port > 65_535 ? undefined : { address: name.replace(/^\[|\]$/g, ''), port };
}
