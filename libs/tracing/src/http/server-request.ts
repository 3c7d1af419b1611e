import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TLSSocket } from 'node:tls';
import {
  context,
  defaultTextMapGetter,
  isSpanContextValid,
  ROOT_CONTEXT,
  trace,
  type Attributes,
} from '@opentelemetry/api';
import { meshPropagator } from '../propagation/propagator.ts';
import { requestIdHeader } from '../propagation/request-id.ts';
import { formatTraceparent } from '../propagation/traceparent.ts';
import { requestOf } from '../request-context.ts';
import { hostAddress, methodName, type HttpAddress } from './http-names.ts';
import { startHttpSpan } from './http-span.ts';
import type { RequestObserver } from './request-observer.ts';

/** What the registrations of all servers have in common. */
export interface ServerTracingOptions {
  /** Told of every request's end. */
  readonly observer?: RequestObserver | undefined;
  /** Paths, or routes such as `/items/:id`, that make no span, and pass trace and request id on all the same: health, metrics. */
  readonly untracedPaths?: readonly string[] | undefined;
}

/** A request that is being served. */
export interface ServedRequest {
  /** Runs `fn` within the request. */
  run<T>(fn: () => T): T;
  /** The error that the answer, should it be one of 5xx, comes from. */
  blame(errorType: string): void;
  /** Ends the request as an error, whether or not there is an answer. */
  fail(errorType: string): void;
}

const broken = new WeakMap<IncomingMessage, string>();

/**
 * Notes that an answer whose status is sent will not be completed: the span of the request ends as an
 * error, although its status says otherwise.
 *
 * @example
 * import type { IncomingMessage, ServerResponse } from 'node:http';
 *
 * function giveUp(asked: IncomingMessage, answer: ServerResponse): void {
 *   breakOff(asked, 'UNAVAILABLE');
 *   answer.end();
 * }
 */
export function breakOff(request: IncomingMessage, errorType: string): void {
  broken.set(request, errorType);
}

/**
 * Begins to serve a request: continues its trace, answers its `x-request-id` and `traceresponse`, and
 * ends the span when the response has been sent or its connection is gone, whatever comes first.
 */
export function serveRequest(
  request: IncomingMessage,
  response: ServerResponse,
  route: string | undefined,
  options: ServerTracingOptions,
): ServedRequest {
  const parent = meshPropagator.extract(ROOT_CONTEXT, request.headers, defaultTextMapGetter);
  const path = pathOf(request.url);
  const scheme = (request.socket as Partial<TLSSocket>).encrypted === true ? 'https' : 'http';
  const span = startHttpSpan({
    side: 'server',
    method: methodName(request.method),
    route,
    scheme,
    attributes: attributesOf(path, hostAddress(request.headers.host, scheme) ?? localAddress(request)),
    parent,
    untraced: [path, route].some((one) => one !== undefined && options.untracedPaths?.includes(one) === true),
    observer: options.observer,
  });
  answerIds(response, span.context);
  let blamed: string | undefined;
  // Comes after the end of an answer, and in its place when the caller leaves before.
  response.once('close', () => {
    const statusCode = response.headersSent ? response.statusCode : undefined;
    const brokenBy = broken.get(request);
    if (brokenBy !== undefined) span.end({ statusCode, errorType: brokenBy, broken: true });
    else span.end({ statusCode, errorType: statusCode === undefined ? undefined : blamed });
  });
  // Bodies arrive, and answers drain, in the context of the connection.
  context.bind(span.context, request);
  context.bind(span.context, response);
  return {
    run: (fn) => context.with(span.context, fn),
    blame: (errorType) => void (blamed = errorType),
    fail: (errorType) => span.end({ errorType }),
  };
}

function answerIds(response: ServerResponse, serving: ReturnType<typeof context.active>): void {
  const requestId = requestOf(serving)?.requestId;
  if (requestId !== undefined) response.setHeader(requestIdHeader, requestId);
  const span = trace.getSpanContext(serving);
  if (span !== undefined && isSpanContextValid(span))
    response.setHeader('traceresponse', formatTraceparent(span));
}

function attributesOf(path: string, server: HttpAddress | undefined): Attributes {
  return server === undefined
    ? { 'url.path': path }
    : { 'url.path': path, 'server.address': server.address, 'server.port': server.port };
}

function localAddress({ socket }: IncomingMessage): HttpAddress | undefined {
  const { localAddress: address, localPort: port } = socket;
  return address === undefined || port === undefined ? undefined : { address, port };
}

/** Without the query, and without scheme and host where a proxy's request has them. */
function pathOf(url: string | undefined): string {
  const path = (url ?? '/').replace(/[?#].*$/s, '').replace(/^https?:\/\/[^/]*/i, '');
  return path === '' ? '/' : path;
}
