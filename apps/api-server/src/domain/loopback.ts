/**
 * Whether only this machine reaches what listens at `host:port`. Names other than localhost are taken to lead
 * anywhere, whatever they resolve to now, and so are odd spellings of an address.
 */
export function isLoopback(address: string): boolean {
  const host = address.slice(0, address.lastIndexOf(':')).toLowerCase();
  if (host === 'localhost') return true;
  if (/^127(?:\.(?:0|[1-9]\d{0,2})){3}$/.test(host)) return true;
  return /^\[(?:(?:0{1,4}:){7}|::)0{0,3}1\]$/.test(host);
}
