import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { logHandshakes, RpcError, type TlsSource } from '@ryzanstein/rpc';
import type { Clock, Logger } from '@ryzanstein/runtime';
import { TraceContext } from '@ryzanstein/tracing';
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Application } from '../application.ts';
import type { Config } from '../config.ts';
import { addEmbeddingRoutes } from './embedding-routes.ts';
import { addGenerationRoutes } from './generation-routes.ts';
import { httpCaller, type HttpCaller } from './http-caller.ts';
import { addModelRoutes } from './model-routes.ts';
import { OpenRequests } from './open-requests.ts';
import { httpError, openAiError, type OpenAiError } from './openai-error.ts';
import { followTls, httpsOptions } from './https.ts';

/** Paths that tell of the process and not of a request: they make no spans. */
export const untracedPaths: readonly string[] = ['/healthz', '/readyz'];

const maxBodyBytes = 4 * 1024 * 1024;
/** A request that comes slowly is cut off: its head and the whole of it have this long; ms. */
const headersWithinMs = 10_000;
const requestWithinMs = 30_000;
const lastAnswersMs = 500;

/** Runs a route's handler as a request with a deadline, a caller and one end. */
export type Serve = <T>(
  request: FastifyRequest,
  reply: FastifyReply,
  streams: boolean,
  handle: (caller: HttpCaller) => Promise<T>,
) => Promise<T>;

export interface HttpEdgeOptions {
  readonly config: Pick<Config, 'defaultDeadlineMs' | 'maxDeadlineMs'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly application: Pick<Application, 'generation' | 'embeddings' | 'models'>;
  /** What is shown to clients and, with authorities, who must have signed theirs. Default: without TLS. */
  readonly tls?: TlsSource;
  /** A fastify plugin that goes round every request: its span, trace and request id. */
  readonly tracing?: Parameters<FastifyInstance['register']>[0];
  /** Told of an answer that failed after its status was sent. */
  readonly onBrokenOff?: (request: IncomingMessage, code: string) => void;
}

/** OpenAI's HTTP API in front of the same application as gRPC. */
export interface HttpEdge {
  /** Takes `host:port`, and resolves to the address it got. */
  listen(address: string): Promise<string>;
  /** Whether a live device is registered; `/readyz` tells it. */
  setReady(ready: boolean): void;
  readonly inFlight: number;
  /** Refuses what comes, waits for what runs, for at most `graceMs`, and closes. */
  drain(graceMs: number, force: AbortSignal): Promise<'drained' | 'forced'>;
}

export function createHttpEdge(options: HttpEdgeOptions): HttpEdge {
  const { config, clock, logger, application, tracing } = options;
  const deadlineMs = Math.min(config.defaultDeadlineMs, config.maxDeadlineMs);
  const open = new OpenRequests(clock);
  let ready = false;
  let draining = false;

  const app = fastify({
    bodyLimit: maxBodyBytes,
    requestTimeout: requestWithinMs,
    ...(options.tls === undefined
      ? { http: { headersTimeout: headersWithinMs } }
      : { https: { headersTimeout: headersWithinMs, ...httpsOptions(options.tls) } }),
    forceCloseConnections: 'idle',
    exposeHeadRoutes: false,
    frameworkErrors: (_error, _request, reply) =>
      void answer(reply, httpError(400, 'bad_request', 'The address of the request cannot be read.')),
  });
  logHandshakes(app.server, { logger });
  const leaveTls = options.tls === undefined ? undefined : followTls(app.server, options.tls);
  if (tracing !== undefined) app.register(tracing);
  // Bodies are JSON, whatever a client calls them.
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, JSON.parse(String(body)));
    } catch (error) {
      done(error as Error);
    }
  });
  app.setErrorHandler((reason: unknown, request, reply) => {
    const known = reason instanceof RpcError ? openAiError(reason) : ofFastify(reason);
    if (known === undefined)
      logger.error({ err: reason, route: request.routeOptions.url }, 'a request met an unexpected failure');
    return answer(reply, known ?? openAiError(reason));
  });
  app.setNotFoundHandler((request, reply) => answer(reply, unknownPath(request)));

  const serve: Serve = async (request, reply, streams, handle) => {
    if (draining) throw new RpcError('UNAVAILABLE', 'The server is stopping.', { retryAfterMs: 1_000 });
    const caller = httpCaller({
      request: request.raw,
      response: reply.raw,
      clock,
      deadlineMs,
      requestId: TraceContext.current().requestId ?? randomUUID(),
      subject: undefined,
      streams,
    });
    open.add(caller);
    try {
      const result = await handle(caller);
      caller.ended('OK');
      return result;
    } catch (reason) {
      caller.ended(RpcError.from(reason).code);
      throw reason;
    } finally {
      open.delete(caller);
    }
  };
  addGenerationRoutes(app, {
    clock,
    generation: application.generation,
    serve,
    onBrokenOff: options.onBrokenOff,
  });
  addEmbeddingRoutes(app, { embeddings: application.embeddings, serve });
  addModelRoutes(app, { models: application.models, serve });
  app.get('/healthz', async () => ({ status: 'ok' }));
  app.get('/readyz', async (_request, reply) => {
    if (ready && !draining) return { status: 'ready' };
    return reply
      .code(503)
      .send({ status: draining ? 'the server is stopping' : 'no live device is registered' });
  });

  return {
    async listen(address) {
      const colon = address.lastIndexOf(':');
      const host = address.slice(0, colon).replace(/^\[(.*)\]$/, '$1');
      await app.listen({ host, port: Number(address.slice(colon + 1)) });
      const bound = app.server.address() as AddressInfo;
      return bound.family === 'IPv6' ? `[${bound.address}]:${bound.port}` : `${bound.address}:${bound.port}`;
    },
    setReady(now) {
      ready = now;
    },
    get inFlight() {
      return open.size;
    },
    async drain(graceMs, force) {
      draining = true;
      const stopped = new RpcError('UNAVAILABLE', 'The server was stopped before the request was complete.');
      const outcome = await open.drain(graceMs, force, stopped);
      // The last answers may still be on their way; connections that stay open for more must not hold up.
      const cut = clock.after(lastAnswersMs, () => app.server.closeAllConnections());
      await app.close();
      cut.cancel();
      leaveTls?.();
      return outcome;
    },
  };
}

function answer(reply: FastifyReply, { status, headers, body }: OpenAiError): FastifyReply {
  return reply.code(status).headers(headers).send(body);
}

/** What fastify itself refuses before a handler sees it. */
function ofFastify(reason: unknown): OpenAiError | undefined {
  const { code, statusCode } = reason as { readonly code?: unknown; readonly statusCode?: unknown };
  if (reason instanceof SyntaxError || code === 'FST_ERR_CTP_INVALID_JSON_BODY')
    return httpError(400, 'invalid_json', 'The body is not valid JSON.');
  if (code === 'FST_ERR_CTP_EMPTY_JSON_BODY')
    return httpError(400, 'invalid_json', 'The body is empty; send a JSON object.');
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    const most = `${maxBodyBytes / 1024 / 1024} MiB`;
    return httpError(413, 'body_too_large', `The body is larger than ${most}; send a shorter request.`);
  }
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500)
    return httpError(statusCode, 'bad_request', 'The request cannot be read as HTTP with a JSON body.');
  return undefined;
}

function unknownPath({ method, url }: FastifyRequest): OpenAiError {
  const path = url.replace(/[?#].*$/s, '').slice(0, 128);
  const offer = '/v1/chat/completions, /v1/completions, /v1/embeddings, /v1/models';
  return httpError(404, 'unknown_url', `There is no ${method} ${path} here. Offered: ${offer}.`);
}
