import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { RpcError } from '@ryzanstein/rpc';
import type { Clock, Logger } from '@ryzanstein/runtime';
import { TraceContext } from '@ryzanstein/tracing';
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Application } from '../application.ts';
import type { CheckKey } from '../api-keys.ts';
import type { Config } from '../config.ts';
import { pageRoutes } from '../web-chat/page-files.ts';
import { addWebChat, type WebChatOptions } from '../web-chat/web-chat.ts';
import { addAdmission } from './admission.ts';
import { edgeLimits, refuseUnreadable, type EdgeLimits } from './edge-limits.ts';
import { addEmbeddingRoutes } from './embedding-routes.ts';
import { addGenerationRoutes } from './generation-routes.ts';
import { httpCaller, type HttpCaller } from './http-caller.ts';
import { addModelRoutes } from './model-routes.ts';
import { OpenRequests } from './open-requests.ts';
import { httpError, openAiError, type OpenAiError } from './openai-error.ts';

/** Paths that tell of the process and not of a request: they make no spans. */
export const untracedPaths: readonly string[] = ['/healthz', '/readyz'];

const lastAnswersMs = 500;

/** Runs a route's handler as a request with a deadline, a caller and one end. */
export type Serve = <T>(
  request: FastifyRequest,
  reply: FastifyReply,
  streams: boolean,
  handle: (caller: HttpCaller) => Promise<T>,
) => Promise<T>;

export interface HttpEdgeOptions {
  readonly config: Pick<Config, 'defaultDeadlineMs' | 'maxDeadlineMs' | 'maxConcurrent'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly application: Pick<Application, 'generation' | 'embeddings' | 'models'>;
  /** Asked for a key for every request, but those of health; absent: anyone may call. */
  readonly checkKey?: CheckKey | undefined;
  /** Default: `edgeLimits`. */
  readonly limits?: Partial<EdgeLimits>;
  /** A fastify plugin that goes round every request: its span, trace and request id. */
  readonly tracing?: Parameters<FastifyInstance['register']>[0];
  /** Offers the chat page; absent, there is none. */
  readonly webChat?: WebChatOptions | undefined;
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
  const limits = { ...edgeLimits, ...options.limits };
  let ready = false;
  let draining = false;

  const app = fastify({
    bodyLimit: limits.bodyBytes,
    requestTimeout: limits.requestWithinMs,
    keepAliveTimeout: limits.idleMs,
    http: { headersTimeout: limits.headersWithinMs, connectionsCheckingInterval: limits.lookEveryMs },
    clientErrorHandler: refuseUnreadable,
    forceCloseConnections: 'idle',
    exposeHeadRoutes: false,
    frameworkErrors: (_error, _request, reply) =>
      void answer(reply, httpError(400, 'bad_request', 'The address of the request cannot be read.')),
  });
  app.server.maxConnections = limits.idleConnections + config.maxConcurrent;
  if (tracing !== undefined) app.register(tracing);
  const subjectOf = addAdmission(app, {
    checkKey: options.checkKey,
    // A browser has no key yet when it loads the page, which asks for one then.
    openPaths: options.webChat === undefined ? untracedPaths : [...untracedPaths, ...pageRoutes],
    refusePreflight: (request, reply) => answer(reply, unknownPath(request)),
  });
  // Bodies are JSON, whatever a client calls them. The parser that comes along takes a field for no JSON that
  // only has an odd name.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, JSON.parse(body as string));
    } catch (error) {
      done(error as Error);
    }
  });
  app.setErrorHandler((reason: unknown, request, reply) => {
    const known = reason instanceof RpcError ? openAiError(reason) : ofFastify(reason, limits.bodyBytes);
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
      subject: subjectOf(request),
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
  if (options.webChat !== undefined) addWebChat(app, { ...options.webChat, clock });
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
      return outcome;
    },
  };
}

function answer(reply: FastifyReply, { status, headers, body }: OpenAiError): FastifyReply {
  return reply.code(status).headers(headers).send(body);
}

/** What fastify itself refuses before a handler sees it. */
function ofFastify(reason: unknown, bodyBytes: number): OpenAiError | undefined {
  const { code, statusCode } = reason as { readonly code?: unknown; readonly statusCode?: unknown };
  if (reason instanceof SyntaxError) return httpError(400, 'invalid_json', 'The body is not valid JSON.');
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    const most = `${bodyBytes / 1024 / 1024} MiB`;
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
