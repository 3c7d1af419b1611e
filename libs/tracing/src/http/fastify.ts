import type { IncomingMessage, ServerResponse } from 'node:http';
import { errorTypeOf } from './http-names.ts';
import { serveRequest, type ServedRequest, type ServerTracingOptions } from './server-request.ts';

/**
 * What is used of a fastify request.
 *
 * @example
 * const routeOf = ({ routeOptions }: HookedRequest) => routeOptions.url ?? 'no route';
 */
export interface HookedRequest {
  readonly raw: IncomingMessage;
  readonly routeOptions: { readonly url?: string | undefined };
}

/**
 * What is used of a fastify reply.
 *
 * @example
 * const isAnswered = ({ raw }: HookedReply) => raw.writableEnded;
 */
export interface HookedReply {
  readonly raw: ServerResponse;
}

/**
 * What is used of a fastify instance.
 *
 * @example
 * const trace = (app: HookedApp) => fastifyTracing()(app, {}, () => {});
 */
export interface HookedApp {
  addHook(
    name: 'onRequest',
    hook: (request: HookedRequest, reply: HookedReply, done: () => void) => void,
  ): unknown;
  addHook(
    name: 'onError',
    hook: (request: HookedRequest, reply: HookedReply, error: Error, done: () => void) => void,
  ): unknown;
}

/**
 * How `fastifyTracing` is set up.
 *
 * @example
 * const options: FastifyTracingOptions = {
 *   untracedPaths: ['/healthz'],
 *   observer: httpMetrics(telemetry.metrics),
 * };
 * const plugin = fastifyTracing(options);
 */
export type FastifyTracingOptions = ServerTracingOptions;

/**
 * A fastify plugin: each request gets a SERVER span named `{method} {route}` that ends once, with its
 * answer or when its caller leaves; handlers and hooks run within it, and the caller is told
 * `x-request-id` and `traceresponse`. Goes for the whole instance that it is registered with. Register
 * it first, so that the hooks of other plugins run within the span, too.
 *
 * @example
 * import { fastify } from 'fastify';
 *
 * const app = fastify();
 * app.register(fastifyTracing({ untracedPaths: ['/healthz'] }));
 */
export function fastifyTracing(options: FastifyTracingOptions = {}) {
  const plugin = (app: HookedApp, _options: unknown, done: () => void): void => {
    const serving = new WeakMap<IncomingMessage, ServedRequest>();
    app.addHook('onRequest', (request, reply, next) => {
      const served = serveRequest(request.raw, reply.raw, request.routeOptions.url, options);
      serving.set(request.raw, served);
      served.run(next);
    });
    app.addHook('onError', (request, _reply, error, next) => {
      serving.get(request.raw)?.blame(errorTypeOf(error));
      next();
    });
    done();
  };
  // Else the hooks would go for the routes of the plugin alone, which has none.
  return Object.assign(plugin, {
    [Symbol.for('skip-override')]: true,
    [Symbol.for('fastify.display-name')]: '@ryzanstein/tracing',
  });
}
