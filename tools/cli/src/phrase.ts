/** What a service or gRPC itself says of a failed call, as a part of another sentence. */
export function phrase(message: string): string {
  return message
    .trim()
    .replace(/^No connection established\. Last error: (?:Error: )?/, '')
    .replace(/ Resolution note: *$/, '')
    .replace(/\.$/, '');
}
