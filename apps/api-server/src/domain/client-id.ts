const wellFormed = /^[\x21-\x7e]{1,128}$/;

/**
 * Whose turn a request takes in the fair queue: the name the client gave itself (1 to 128
 * printable ASCII characters, else it is ignored), else the host it called from.
 */
export function clientIdOf(named: string | undefined, peer: string): string {
  if (named !== undefined && wellFormed.test(named)) return named;
  return hostOf(peer) || 'unknown';
}

function hostOf(peer: string): string {
  // "[::1]:5005" and "ipv6:[::1]:5005", "10.0.0.7:5005" and "ipv4:10.0.0.7:5005", "unix:/run/ryz.sock".
  const address = peer.replace(/^ipv[46]:/, '');
  const bracketed = /^\[([^\]]*)\]/.exec(address);
  if (bracketed !== null) return bracketed[1] ?? '';
  // More than one colon without brackets is a bare IPv6 address, which has no port to cut off.
  return /^[^:]*:\d+$/.test(address) ? address.slice(0, address.lastIndexOf(':')) : address;
}
