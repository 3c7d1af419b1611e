const resourceSpans = 1;
const scopeSpans = 2;
const span = 2;

/** How many spans an ExportTraceServiceRequest holds, read from its bytes. */
export function countSpans(request: Uint8Array): number {
  let count = 0;
  forEachPart(request, resourceSpans, (ofResource) =>
    forEachPart(ofResource, scopeSpans, (ofScope) => forEachPart(ofScope, span, () => (count += 1))),
  );
  return count;
}

/** Visits each length-delimited value of one field of a protobuf message. */
function forEachPart(message: Uint8Array, wanted: number, visit: (part: Uint8Array) => void): void {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = message[at++] ?? 0;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
  };
  while (at < message.length) {
    const tag = varint();
    const wireType = tag & 7;
    if (wireType === 0) varint();
    else if (wireType === 1) at += 8;
    else if (wireType === 5) at += 4;
    else {
      const length = varint();
      if (tag >>> 3 === wanted) visit(message.subarray(at, at + length));
      at += length;
    }
  }
}
