import { Server, ServerCredentials, status, type sendUnaryData, type ServerUnaryCall } from '@grpc/grpc-js';
import { testCertificates } from '@ryzanstein/testing';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Server as NetServer } from 'node:net';
import { askOtlp } from './ask-otlp.ts';
import { value } from './cause.ts';

const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
});

type Answer = (call: ServerUnaryCall<Buffer, Buffer>, done: sendUnaryData<Buffer>) => void;

async function collector(answer: Answer, credentials = ServerCredentials.createInsecure()): Promise<number> {
  const server = new Server();
  const bytes = (message: Buffer): Buffer => message;
  server.addService(
    {
      Export: {
        path: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
        requestStream: false,
        responseStream: false,
        requestSerialize: bytes,
        requestDeserialize: bytes,
        responseSerialize: bytes,
        responseDeserialize: bytes,
      },
    },
    { Export: answer },
  );
  open.push(() => server.forceShutdown());
  return new Promise((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', credentials, (error, port) =>
      error === null ? resolve(port) : reject(error),
    );
  });
}

function listening(server: NetServer): Promise<number> {
  open.push(() => server.close());
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

async function speech(url: string, protocol = 'grpc'): Promise<string | undefined> {
  return value(await askOtlp(url, protocol, new AbortController().signal))?.speech;
}

const takes: Answer = (_, done) => done(null, Buffer.alloc(0));
const http = (answer: RequestListener): Promise<number> => listening(createHttpServer(answer));

it('knows a Collector over gRPC, with and without a scheme', async () => {
  const port = await collector(takes);
  expect(await speech(`http://127.0.0.1:${port}`)).toBe('grpc');
  expect(await speech(`127.0.0.1:${port}`)).toBe('grpc');
});

it('knows a Collector over HTTP', async () => {
  const port = await http((request, response) => {
    const found = request.url === '/v1/traces' && request.method === 'POST';
    response.writeHead(found ? 200 : 404, { 'content-type': 'application/json' }).end('{}');
  });
  expect(await speech(`http://127.0.0.1:${port}`)).toBe('http');
});

it('knows one that wants TLS', async () => {
  const { key, certificate } = (await testCertificates()).server;
  const credentials = ServerCredentials.createSsl(null, [
    { private_key: Buffer.from(key), cert_chain: Buffer.from(certificate) },
  ]);
  expect(await speech(`http://127.0.0.1:${await collector(takes, credentials)}`)).toBe('grpc over tls');
});

it('knows one that refuses credentials, over either', async () => {
  const overGrpc = await collector((_, done) => done({ code: status.UNAUTHENTICATED }));
  expect(await speech(`http://127.0.0.1:${overGrpc}`)).toBe('rejected credentials');
  const overHttp = await http((_, response) => response.writeHead(401).end());
  expect(await speech(`http://127.0.0.1:${overHttp}`)).toBe('rejected credentials');
});

it('knows a port that nobody has, and one that another program has', async () => {
  const closed = createTcpServer();
  const port = await listening(closed);
  closed.close();
  expect(await speech(`http://127.0.0.1:${port}`)).toBe('refused');
  const page = await http((_, response) => response.end('<html></html>'));
  expect(await speech(`http://127.0.0.1:${page}/`)).toBe('something else');
  const other = await http((_, response) => response.writeHead(404).end());
  expect(await speech(`http://127.0.0.1:${other}`)).toBe('something else');
  const rude = await listening(createTcpServer((socket) => socket.destroy()));
  expect(await speech(`http://127.0.0.1:${rude}`)).toBe('something else');
});
