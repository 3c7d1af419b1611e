import { context, type Attributes, type TextMapSetter } from '@opentelemetry/api';
import { injectContext } from '../propagation/propagator.ts';
import { isRequestId, newRequestId, requestIdHeader } from '../propagation/request-id.ts';
import { requestOf, withRequest } from '../request-context.ts';
import { errorTypeOf, messageOf, methodName } from './http-names.ts';
import { startHttpSpan } from './http-span.ts';
import type { RequestObserver } from './request-observer.ts';

/**
 * The signature of `fetch`.
 *
 * @example
 * const fetch: Fetch = tracedFetch();
 * const answer = await fetch('http://engine:8080/v1/models');
 */
export type Fetch = typeof globalThis.fetch;

/**
 * How `tracedFetch` is set up.
 *
 * @example
 * const options: TracedFetchOptions = { observer: ({ statusCode }) => print(`answered ${statusCode}`) };
 * const fetch = tracedFetch(globalThis.fetch, options);
 */
export interface TracedFetchOptions {
  /** Told of every request's end. */
  readonly observer?: RequestObserver | undefined;
}

const headersSetter: TextMapSetter<Headers> = {
  set: (headers, name, value) => headers.set(name, value),
};

/**
 * A `fetch` whose requests carry trace, baggage and request id, and have a CLIENT span each. The span
 * ends when the headers of the answer are there, or when there will be none: as the conventions ask
 * of clients whose callers need not read the body. Redirects belong to the one span.
 *
 * @example
 * const fetch = tracedFetch();
 * const answer = await fetch('http://engine:8080/v1/models');
 */
export function tracedFetch(fetch: Fetch = globalThis.fetch, { observer }: TracedFetchOptions = {}): Fetch {
  return async (input, init) => {
    const request = input instanceof Request ? input : undefined;
    const target = parseUrl(input instanceof Request ? input.url : input);
    // What cannot be sent is fetch's to refuse.
    if (target === undefined) return fetch(input, init);
    const headers = new Headers(init?.headers ?? request?.headers);
    const scheme = target.protocol === 'https:' ? 'https' : 'http';
    const span = startHttpSpan({
      side: 'client',
      method: methodName((init?.method ?? request?.method ?? 'GET').toUpperCase()),
      route: undefined,
      scheme,
      attributes: attributesOf(target, scheme),
      parent: requestContext(headers),
      untraced: false,
      observer,
    });
    injectContext(span.context, headers, headersSetter);
    try {
      const response = await context.with(span.context, () => fetch(input, { ...init, headers }));
      span.end({ statusCode: response.status });
      return response;
    } catch (reason) {
      span.end({ errorType: errorTypeOf(reason), message: messageOf(reason) });
      throw reason;
    }
  };
}

/** The running code's context, with the request id that the caller of `fetch` gave, or with a new one. */
function requestContext(headers: Headers) {
  const active = context.active();
  const given = headers.get(requestIdHeader);
  const current = requestOf(active)?.requestId;
  const requestId = isRequestId(given) ? given : (current ?? newRequestId());
  return requestId === current ? active : withRequest(active, { requestId });
}

function parseUrl(input: string | URL): URL | undefined {
  const url = URL.parse(String(input));
  return url?.protocol === 'http:' || url?.protocol === 'https:' ? url : undefined;
}

/** Without user, password and query, which may hold what nobody should read in a trace. */
function attributesOf(url: URL, scheme: 'http' | 'https'): Attributes {
  return {
    'url.full': `${url.origin}${url.pathname}`,
    'server.address': url.hostname.replace(/^\[|\]$/g, ''),
    'server.port': url.port === '' ? (scheme === 'https' ? 443 : 80) : Number(url.port),
  };
}
