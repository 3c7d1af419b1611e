/**
 * A process that takes traces in and counts them: OTLP over gRPC, what dd-trace sends to its agent,
 * and what elastic-apm-node sends to its server. Parses what it is sent, as a backend must.
 */
import grpc from '@grpc/grpc-js';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createGunzip } from 'node:zlib';
import { countSpans } from './span-count.ts';
import type { SinkAddresses } from './tracing.ts';

let received = 0;

const bytes = (value: Buffer): Buffer => value;
const exportTo = (signal: string) => ({
  Export: {
    path: `/opentelemetry.proto.collector.${signal}Service/Export`,
    requestStream: false,
    responseStream: false,
    requestSerialize: bytes,
    requestDeserialize: bytes,
    responseSerialize: bytes,
    responseDeserialize: bytes,
  } as const,
});

async function listenOtlp(): Promise<string> {
  const server = new grpc.Server({ 'grpc.max_receive_message_length': -1 });
  server.addService(exportTo('metrics.v1.Metrics'), {
    Export: (_call: unknown, answer: grpc.sendUnaryData<Buffer>) => answer(null, Buffer.alloc(0)),
  });
  server.addService(exportTo('trace.v1.Trace'), {
    Export(call: grpc.ServerUnaryCall<Buffer, Buffer>, answer: grpc.sendUnaryData<Buffer>) {
      received += countSpans(call.request);
      answer(null, Buffer.alloc(0));
    },
  });
  return new Promise((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(`http://127.0.0.1:${port}`),
    );
  });
}

function listenHttp(
  count: (request: IncomingMessage, body: Buffer) => number,
  reply: string,
): Promise<string> {
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const parts: Buffer[] = [];
    const body = request.headers['content-encoding'] === 'gzip' ? request.pipe(createGunzip()) : request;
    body.on('data', (part: Buffer) => parts.push(part));
    body.on('end', () => {
      received += count(request, Buffer.concat(parts));
      response.setHeader('content-type', 'application/json');
      response.end(reply);
    });
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () =>
      resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    );
  });
}

const addresses: SinkAddresses = {
  otlp: await listenOtlp(),
  datadog: await listenHttp(
    ({ headers }) => Number(headers['x-datadog-trace-count'] ?? 0),
    '{"rate_by_service":{}}',
  ),
  elastic: await listenHttp(
    (_, body) => body.toString().match(/^\{"(transaction|span)"/gm)?.length ?? 0,
    '{}',
  ),
};

process.on('message', () => process.send?.({ received }));
process.on('disconnect', () => process.exit(0));
process.send?.(addresses);
