import type { IncomingMessage, ServerResponse } from 'node:http';
import { errorTypeOf } from './http-names.ts';
import { serveRequest, type ServerTracingOptions } from './server-request.ts';

/**
 * How `tracedListener` is set up.
 *
 * @example
 * const options: TracedListenerOptions = {
 *   routeOf: ({ url }) => (url?.startsWith('/v1/models/') ? '/v1/models/:id' : undefined),
 *   untracedPaths: ['/healthz'],
 * };
 * const listener = tracedListener((request, response) => response.end('hello'), options);
 */
export interface TracedListenerOptions extends ServerTracingOptions {
  /** The route of a request, of which there are few, like `/v1/models/:id`. Default: none is known. */
  readonly routeOf?: ((request: IncomingMessage) => string | undefined) | undefined;
}

type Listener = (request: IncomingMessage, response: ServerResponse) => unknown;

/**
 * Wraps a request listener of `node:http` or `node:https`: each request gets a SERVER span that ends
 * once, with its answer or when its caller leaves, and the caller is told `x-request-id` and
 * `traceresponse`. What the listener throws is passed on.
 *
 * @example
 * import { createServer } from 'node:http';
 *
 * createServer(tracedListener((request, response) => response.end('hello'))).listen(8080);
 */
export function tracedListener(listener: Listener, options: TracedListenerOptions = {}): Listener {
  return (request, response) => {
    const served = serveRequest(request, response, options.routeOf?.(request), options);
    const fail = (reason: unknown): never => {
      served.fail(errorTypeOf(reason));
      throw reason;
    };
    let result: unknown;
    try {
      result = served.run(() => listener(request, response));
    } catch (reason) {
      return fail(reason);
    }
    // A rejection stays as unhandled as it was.
    return isThenable(result) ? result.then(undefined, fail) : result;
  };
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function';
}
