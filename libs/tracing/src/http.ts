export { fastifyTracing } from './http/fastify.ts';
export type { FastifyTracingOptions, HookedApp, HookedReply, HookedRequest } from './http/fastify.ts';
export { breakOff } from './http/server-request.ts';
export type { EndedRequest, RequestObserver } from './http/request-observer.ts';
export { httpMetrics } from './metrics/http-metrics.ts';
export { tracedFetch } from './http/traced-fetch.ts';
export type { Fetch, TracedFetchOptions } from './http/traced-fetch.ts';
export { tracedListener } from './http/traced-listener.ts';
export type { TracedListenerOptions } from './http/traced-listener.ts';
