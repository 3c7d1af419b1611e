/**
 * One HTTP request, at its end.
 *
 * @example
 * const isSlow = ({ side, durationMs }: EndedRequest) => side === 'server' && durationMs > 1_000;
 */
export interface EndedRequest {
  readonly side: 'client' | 'server';
  /** As the conventions name it: `_OTHER` for one that is not known. */
  readonly method: string;
  /** The route that served it; undefined where none did, and for a client. */
  readonly route: string | undefined;
  /** Undefined where no answer began. */
  readonly statusCode: number | undefined;
  readonly scheme: 'http' | 'https';
  /** Undefined where it was no error. */
  readonly errorType: string | undefined;
  /** By a monotonic clock. */
  readonly durationMs: number;
}

/**
 * Told of every request's end, also of those that make no span or are not sampled: what measures
 * requests. MUST NOT throw and MUST NOT keep the object.
 *
 * @example
 * const observer: RequestObserver = ({ method, route, durationMs }) =>
 *   logger.info({ method, route, durationMs }, 'a request has ended');
 * const fetch = tracedFetch(globalThis.fetch, { observer });
 */
export type RequestObserver = (request: EndedRequest) => void;
