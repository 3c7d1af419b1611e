import { randomBytes } from 'node:crypto';
import { until } from '../mesh/stored-trace.ts';
import { arrivesWithinMs, jaegerTrace } from './mesh-on-stack.ts';
import { sharedStack } from './shared-stack.ts';

const url = `${sharedStack().endpoints.jaegerThrift}/api/traces`;
const types = { i32: 8, i64: 10, string: 11, struct: 12, list: 15 } as const;

// Thrift's binary protocol, as much of it as one span needs.
const field = (type: keyof typeof types, id: number, value: Buffer): Buffer =>
  Buffer.concat([Buffer.from([types[type], 0, id]), value]);
const struct = (...fields: Buffer[]): Buffer => Buffer.concat([...fields, Buffer.from([0])]);
const list = (...structs: Buffer[]): Buffer =>
  Buffer.concat([Buffer.from([types.struct]), int32(structs.length), ...structs]);
const text = (value: string): Buffer => Buffer.concat([int32(Buffer.byteLength(value)), Buffer.from(value)]);

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function int64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
}

/** A Batch of jaeger.thrift: a process and one span of 1.5 ms. */
function batch(service: string, name: string, traceId: Buffer, spanId: Buffer): Buffer {
  const span = struct(
    field('i64', 1, traceId.subarray(8)),
    field('i64', 2, traceId.subarray(0, 8)),
    field('i64', 3, spanId),
    field('i64', 4, int64(0n)),
    field('string', 5, text(name)),
    field('i32', 7, int32(1)),
    field('i64', 8, int64(BigInt(Date.now()) * 1_000n)),
    field('i64', 9, int64(1_500n)),
  );
  return struct(field('struct', 1, struct(field('string', 1, text(service)))), field('list', 2, list(span)));
}

const post = (body: Buffer, type = 'application/x-thrift'): Promise<Response> =>
  fetch(url, { method: 'POST', headers: { 'content-type': type }, body: new Uint8Array(body) });

it('a batch of a client of Jaeger is accepted, and its trace is found', async () => {
  const traceId = randomBytes(16);
  const spanId = randomBytes(8);
  const response = await post(batch('old-client', 'old-operation', traceId, spanId));
  expect(response.status).toBe(202);
  const [span] = await until(
    () => jaegerTrace(sharedStack(), traceId.toString('hex')),
    (spans) => spans.length === 1,
    arrivesWithinMs,
  );
  expect(span).toMatchObject({
    name: 'old-operation',
    service: 'old-client',
    spanId: spanId.toString('hex'),
    parentSpanId: '',
  });
  expect((span?.endNs ?? 0n) - (span?.startNs ?? 0n)).toBe(1_500_000n);
});

it('what is no batch is refused', async () => {
  const whole = batch('old-client', 'cut', randomBytes(16), randomBytes(8));
  expect((await post(Buffer.from('no thrift at all'))).status).toBe(400);
  expect((await post(whole.subarray(0, whole.length / 2))).status).toBe(400);
  expect((await post(whole, 'text/plain')).status).toBe(400);
});
