import type { MetricRecorder } from './recorder.ts';
import type { BoundHistogram } from './series.ts';

/** One HTTP request that was served, at its end. */
export interface EndedHttpRequest {
  /** As the client sent it. */
  readonly method: string;
  /** The pattern that matched, such as `/v1/models/:id`; undefined where none did. */
  readonly route: string | undefined;
  readonly statusCode: number;
  readonly scheme: 'http' | 'https';
  /** What went wrong, where it is not the status that says so. */
  readonly errorType?: string | undefined;
  /** By a monotonic clock. */
  readonly durationMs: number;
}

/** Told of every request's end. MUST NOT throw and MUST NOT keep the object. */
export type HttpRequestObserver = (request: EndedHttpRequest) => void;

/** The conventions' known methods; a client may make up others. */
const methods = new Set([
  'CONNECT',
  'DELETE',
  'GET',
  'HEAD',
  'OPTIONS',
  'PATCH',
  'POST',
  'PUT',
  'TRACE',
  'QUERY',
]);

// Methods, routes and statuses that a server has.
const maxRemembered = 1_000;

/** Records the duration of every HTTP request, sampled or not, by route and outcome. */
export function httpMetrics(recorder: MetricRecorder): HttpRequestObserver {
  const known = new Map<string, BoundHistogram>();
  return (request) => {
    const { method, route, statusCode, scheme, errorType, durationMs } = request;
    const key = `${method} ${statusCode} ${scheme} ${errorType ?? ''} ${route ?? ''}`;
    let bound = known.get(key);
    if (bound === undefined) {
      bound = recorder.histogram('http.server.request.duration', {
        'http.request.method': methods.has(method) ? method : '_OTHER',
        'http.route': route,
        'http.response.status_code': statusCode,
        'url.scheme': scheme,
        'error.type': errorType ?? (statusCode >= 500 ? String(statusCode) : undefined),
      });
      if (known.size < maxRemembered) known.set(key, bound);
    }
    bound.record(durationMs / 1e3);
  };
}
