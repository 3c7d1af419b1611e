import { Client, credentials, type ServiceError } from '@grpc/grpc-js';
import protobuf from 'protobufjs/light.js';
import { otlpDescriptors } from '../src/otlp/descriptors.ts';
import { startTracebox, type Tracebox, type TraceboxOptions } from '../src/index.ts';

const root = protobuf.Root.fromJSON(otlpDescriptors).resolveAll();

/** A tracebox on free ports, its page folder absent. */
export function startOnFreePorts(options: TraceboxOptions = {}): Promise<Tracebox> {
  const free = '127.0.0.1:0';
  return startTracebox({
    grpcAddress: free,
    httpAddress: free,
    uiAddress: free,
    pageFolder: '/nowhere',
    ...options,
  });
}

/** The protobuf form of an OTLP/JSON request. */
export function protobufOf(message: string, json: object): Buffer {
  const type = root.lookupType(message);
  const bytes = (value: unknown, key: string): unknown => {
    if (/^(traceId|spanId|parentSpanId)$/.test(key) && typeof value === 'string')
      return Buffer.from(value, 'hex');
    if (Array.isArray(value)) return value.map((entry) => bytes(entry, ''));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, bytes(entry, name)]));
  };
  return Buffer.from(type.encode(type.fromObject(bytes(json, '') as object)).finish());
}

/** A protobuf answer as plain fields; 64-bit numbers as text. */
export function plainOf(message: string, body: Uint8Array): Record<string, unknown> {
  const type = root.lookupType(message);
  return type.toObject(type.decode(body), { longs: String });
}

/** Calls `Export` over gRPC with raw bytes. */
export function exportGrpc(
  address: string,
  service: string,
  body: Buffer,
  metadata: 'plain' | 'gzip' = 'plain',
): Promise<Buffer> {
  const client = new Client(address, credentials.createInsecure(), {
    'grpc.default_compression_algorithm': metadata === 'gzip' ? 2 : 0,
  });
  const same = (value: Buffer): Buffer => value;
  return new Promise<Buffer>((resolve, reject) => {
    client.makeUnaryRequest(
      `/opentelemetry.proto.collector.${service}/Export`,
      same,
      same,
      body,
      (error: ServiceError | null, answer?: Buffer) => {
        client.close();
        if (error === null && answer !== undefined) resolve(answer);
        else reject(error ?? new Error('no answer'));
      },
    );
  });
}

/** Posts an OTLP/JSON request. */
export async function postJson(box: Tracebox, path: 'traces' | 'logs', request: object): Promise<void> {
  const response = await fetch(`http://${box.addresses.otlpHttp}/v1/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(request),
  });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  await response.arrayBuffer();
}

/** GETs JSON of the query API. */
export async function query(box: Tracebox, path: string): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`http://${box.addresses.ui}${path}`);
  return { status: response.status, body: await response.json() };
}
