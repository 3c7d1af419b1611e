import type { RequestObserver } from '../http/request-observer.ts';
import type { MetricRecorder } from './recorder.ts';
import type { BoundHistogram } from './series.ts';

// Methods, routes and statuses that a server has.
const maxRemembered = 1_000;

/**
 * Records the duration of every HTTP request that is served, sampled or not, by route and outcome.
 *
 * @example
 * import { fastify } from 'fastify';
 *
 * const app = fastify();
 * app.register(fastifyTracing({ observer: httpMetrics(telemetry.metrics) }));
 */
export function httpMetrics(recorder: MetricRecorder): RequestObserver {
  const known = new Map<string, BoundHistogram>();
  return ({ side, method, route, statusCode, scheme, errorType, durationMs }) => {
    if (side === 'client') return;
    const key = `${method} ${statusCode} ${scheme} ${errorType ?? ''} ${route ?? ''}`;
    let bound = known.get(key);
    if (bound === undefined) {
      bound = recorder.histogram('http.server.request.duration', {
        'http.request.method': method,
        'http.route': route,
        'http.response.status_code': statusCode,
        'url.scheme': scheme,
        'error.type': errorType,
      });
      if (known.size < maxRemembered) known.set(key, bound);
    }
    bound.record(durationMs / 1e3);
  };
}
