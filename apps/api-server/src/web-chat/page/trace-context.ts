/** The ids that a request goes out with. */
export interface TraceIds {
  readonly traceId: string;
  /** The page's own part: what the mesh records has it as its parent. */
  readonly spanId: string;
}

/** Fresh ids. */
export function newTraceIds(): TraceIds {
  return { traceId: randomHex(16), spanId: randomHex(8) };
}

/** The header of these ids; sampled, since the page is there to show the trace. */
export function traceparentOf({ traceId, spanId }: TraceIds): string {
  return `00-${traceId}-${spanId}-01`;
}

/** The trace that an answer belongs to: another one where the server begins traces itself. */
export function traceIdOf(traceresponse: string | null): string | undefined {
  return /^00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/.exec(traceresponse ?? '')?.[1];
}

function randomHex(bytes: number): string {
  return [...crypto.getRandomValues(new Uint8Array(bytes))]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('');
}
