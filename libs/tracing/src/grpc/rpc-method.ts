import type { Attributes } from '@opentelemetry/api';

/** Where a call goes, as the conventions want it. */
export interface ServerAddress {
  readonly address: string;
  readonly port: number | undefined;
}

/** What every span of one method says. */
export interface RpcMethod {
  /** `package.Service/Method`. */
  readonly name: string;
  readonly attributes: Readonly<Attributes>;
}

// Both caches are keyed by what this process serves and calls, but a client may make up methods.
const maxCached = 2_000;
const methods = new Map<string, RpcMethod>();
const addresses = new Map<string, ServerAddress>();

/** The method behind a span name of the instrumentation, `grpc.package.Service/Method`. */
export function rpcMethod(instrumentationName: string): RpcMethod {
  const known = methods.get(instrumentationName);
  if (known !== undefined) return known;
  const name = instrumentationName.startsWith('grpc.') ? instrumentationName.slice(5) : instrumentationName;
  const method = { name, attributes: { 'rpc.system.name': 'grpc', 'rpc.method': name } };
  if (methods.size < maxCached) methods.set(instrumentationName, method);
  return method;
}

/**
 * Reads a channel target (`dns:///host:1`, `host:1`) or an `:authority`. Of a list of addresses
 * the list itself stands for the server, because any of them may answer.
 */
export function serverAddress(target: string): ServerAddress {
  const known = addresses.get(target);
  if (known !== undefined) return known;
  const address = parse(target);
  if (addresses.size < maxCached) addresses.set(target, address);
  return address;
}

function parse(target: string): ServerAddress {
  if (/^unix(-abstract)?:/.test(target))
    return { address: target.replace(/^[a-z-]+:(\/\/)?/, ''), port: undefined };
  const endpoint = target.replace(/^(?:dns|ipv4|ipv6|passthrough|xds):(?:\/\/[^/]*\/)?/, '');
  if (endpoint.includes(',')) return { address: endpoint, port: undefined };
  const match = /^(.*?)(?::(\d{1,5}))?$/.exec(
    endpoint.startsWith('[') ? endpoint.replace(/^\[(.*)\]/, '$1') : endpoint,
  );
  const bare = /^[0-9a-f]*:[0-9a-f:.]*$/i.test(endpoint);
  if (bare || match === null) return { address: endpoint, port: undefined };
  return { address: match[1] ?? endpoint, port: match[2] === undefined ? undefined : Number(match[2]) };
}
