/** A collector in a process of its own: counts the spans that it is sent. `[port, answer|hang]`. */
import { Server, ServerCredentials, type handleUnaryCall } from '@grpc/grpc-js';

const [, , port = '0', mood = 'answer'] = process.argv;
let spans = 0;
let firstEpochMs = 0;

const asIs = (bytes: Buffer): Buffer => bytes;
const server = new Server();
const take: handleUnaryCall<Buffer, Buffer> = (call, answer) => {
  if (mood === 'hang') return;
  firstEpochMs ||= Date.now();
  spans += countSpans(call.request);
  answer(null, Buffer.alloc(0));
};
const codec = {
  requestSerialize: asIs,
  requestDeserialize: asIs,
  responseSerialize: asIs,
  responseDeserialize: asIs,
};
const path = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
server.addService(
  { Export: { path, requestStream: false, responseStream: false, ...codec } },
  { Export: take },
);
server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, bound) => {
  if (error) throw error;
  process.send?.({ port: bound, listeningEpochMs: Date.now() });
});
process.on('message', () => process.send?.({ spans, firstEpochMs }));

/** Request: repeated ResourceSpans 1 { repeated ScopeSpans 2 { repeated Span 2 } }. */
function countSpans(request: Buffer): number {
  let count = 0;
  for (const resourceSpans of fieldsOf(request, 1))
    for (const scopeSpans of fieldsOf(resourceSpans, 2)) for (const _ of fieldsOf(scopeSpans, 2)) count += 1;
  return count;
}

/** The nested messages with this number; these messages have no fields of another type. */
function* fieldsOf(message: Buffer, wanted: number): Generator<Buffer> {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = message[at++] ?? 0;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < message.length) {
    const number = varint() >> 3;
    const length = varint();
    if (number === wanted) yield message.subarray(at, at + length);
    at += length;
  }
}
