import { promisify } from 'node:util';
import { gunzip, inflate } from 'node:zlib';
import Fastify, { type FastifyReply, type FastifyRequest } from 'fastify';
import { listen, type Listener } from '../listener.ts';
import { encodeReceipt, encodeStatus, type Encoding, type Signal } from './codec.ts';
import { maxBodyBytes, StoreFailure, type Collector } from './collector.ts';
import { Refusal } from './refusal.ts';

const unpackers = { gzip: promisify(gunzip), deflate: promisify(inflate) };
const routes: Readonly<Record<string, Signal>> = {
  '/v1/traces': 'Trace',
  '/v1/logs': 'Logs',
  '/v1/metrics': 'Metrics',
};
const types: Readonly<Record<Encoding, string>> = {
  protobuf: 'application/x-protobuf',
  json: 'application/json',
};
/** google.rpc codes for what HTTP can refuse. */
const rpcCodes: Readonly<Record<number, number>> = { 400: 3, 404: 5, 413: 8, 415: 3, 503: 14 };
/** Seconds a sender should wait when the store cannot be written. */
const retryAfterSeconds = 2;

class HttpRefusal extends Error {
  readonly statusCode: number;

  constructor(statusCode: number, message: string) {
    super(message);
    this.statusCode = statusCode;
  }
}

/**
 * OTLP/HTTP with protobuf or JSON bodies, plain, gzip or deflate. Throws the system's error when
 * the address is taken.
 */
export async function listenHttp(address: string, collect: Collector): Promise<Listener> {
  const app = Fastify({ logger: false, bodyLimit: maxBodyBytes, forceCloseConnections: true });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));

  for (const [path, signal] of Object.entries(routes)) {
    app.post(path, async (request, reply) => {
      const encoding = encodingOf(request);
      if (encoding === undefined)
        throw new HttpRefusal(415, 'The content type must be application/x-protobuf or application/json.');
      const receipt = collect(signal, await unpacked(request), encoding);
      return reply.type(types[encoding]).send(encodeReceipt(signal, receipt, encoding));
    });
    app.route({
      method: ['GET', 'PUT', 'DELETE'],
      url: path,
      handler: (_request, reply) =>
        reply.code(405).header('allow', 'POST').type('text/plain').send('Only POST is taken here.\n'),
    });
  }
  app.setNotFoundHandler((request, reply) =>
    refuse(request, reply, 404, 'OTLP/HTTP is taken at /v1/traces, /v1/logs and /v1/metrics.'),
  );
  app.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    if (error instanceof Refusal) return refuse(request, reply, 400, error.message);
    if (error instanceof StoreFailure) {
      reply.header('retry-after', retryAfterSeconds);
      return refuse(request, reply, 503, error.message);
    }
    if (error.statusCode === 413)
      return refuse(request, reply, 413, `A body must be at most ${maxBodyBytes} bytes, also when unpacked.`);
    return refuse(
      request,
      reply,
      error.statusCode ?? 500,
      error.statusCode ? error.message : 'The request failed.',
    );
  });

  return listen(app, address);
}

function encodingOf(request: FastifyRequest): Encoding | undefined {
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  if (type === 'application/json') return 'json';
  return type === 'application/x-protobuf' ? 'protobuf' : undefined;
}

async function unpacked(request: FastifyRequest): Promise<Buffer> {
  const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  const packing = request.headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  if (packing === 'identity' || packing === '') return body;
  if (packing !== 'gzip' && packing !== 'deflate')
    throw new HttpRefusal(415, 'The content encoding must be gzip, deflate or identity.');
  try {
    return await unpackers[packing](body, { maxOutputLength: maxBodyBytes });
  } catch (error) {
    const tooLarge = (error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE';
    throw new HttpRefusal(tooLarge ? 413 : 400, `The body is not ${packing}.`);
  }
}

function refuse(request: FastifyRequest, reply: FastifyReply, code: number, message: string): FastifyReply {
  const encoding = encodingOf(request) ?? 'json';
  return reply
    .code(code)
    .type(types[encoding])
    .send(encodeStatus(rpcCodes[code] ?? 2, message, encoding));
}
