import type { ChannelInterface } from '@grpc/grpc-js';
import type { Attributes } from '@opentelemetry/api';

/** Where a call goes, as the conventions want it. */
export interface ServerAddress {
  readonly address: string;
  readonly port: number | undefined;
}

/** Both kinds of name that a span may have. */
export interface RpcNaming {
  /** Methods that make no span, `package.Service/Method`. */
  readonly untracedMethods: Iterable<string>;
  /** Also write the names of before the RPC conventions' release candidate. */
  readonly oldNames: boolean;
}

/** What every span of one method says, prepared once. */
export class RpcMethod {
  /** `package.Service/Method`. */
  readonly name: string;
  /** False for a method whose calls make no span. */
  readonly traced: boolean;
  private readonly attributes: Readonly<Attributes>;
  private address: ServerAddress | undefined;
  private attributesAtAddress: Readonly<Attributes>;

  constructor(name: string, traced: boolean, oldNames: boolean) {
    this.name = name;
    this.traced = traced;
    this.attributes = { 'rpc.system.name': 'grpc', 'rpc.method': name };
    if (oldNames) {
      // The old `rpc.method` had only what follows the slash. A span has the key once: in its new meaning.
      const service = name.slice(0, name.lastIndexOf('/'));
      this.attributes = { ...this.attributes, 'rpc.system': 'grpc', 'rpc.service': service };
    }
    this.attributesAtAddress = this.attributes;
  }

  /** The attributes of a call to `address`. MUST NOT be changed. */
  attributesAt(address: ServerAddress | undefined): Readonly<Attributes> {
    if (address !== this.address) {
      this.address = address;
      this.attributesAtAddress = { ...this.attributes, ...addressAttributes(address) };
    }
    return this.attributesAtAddress;
  }
}

// Keyed by what this process serves and calls, but a client may make up methods.
const maxCached = 2_000;

/** The methods of a process, found by their names with `prefix` before them. */
export class RpcMethods {
  private readonly known = new Map<string, RpcMethod>();
  private readonly untraced: ReadonlySet<string>;
  private readonly oldNames: boolean;
  private readonly prefix: string;

  constructor({ untracedMethods, oldNames }: RpcNaming, prefix: '' | '/' | 'grpc.') {
    this.untraced = new Set(untracedMethods);
    this.oldNames = oldNames;
    this.prefix = prefix;
  }

  of(prefixed: string): RpcMethod {
    const known = this.known.get(prefixed);
    if (known !== undefined) return known;
    const name = prefixed.startsWith(this.prefix) ? prefixed.slice(this.prefix.length) : prefixed;
    const method = new RpcMethod(name, !this.untraced.has(name), this.oldNames);
    if (this.known.size < maxCached) this.known.set(prefixed, method);
    return method;
  }
}

const addresses = new Map<string, ServerAddress>();

function addressAttributes(address: ServerAddress | undefined): Attributes {
  if (address === undefined) return {};
  if (address.port === undefined) return { 'server.address': address.address };
  return { 'server.address': address.address, 'server.port': address.port };
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

const channelAddresses = new WeakMap<object, ServerAddress>();

/** Where a channel goes; it is asked once. */
export function channelAddress(channel: Pick<ChannelInterface, 'getTarget'>): ServerAddress {
  const known = channelAddresses.get(channel);
  if (known !== undefined) return known;
  const address = serverAddress(channel.getTarget());
  channelAddresses.set(channel, address);
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
