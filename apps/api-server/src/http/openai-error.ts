import { RpcError, type StatusName } from '@ryzanstein/rpc';

/** An error as OpenAI's API answers it: an HTTP status, headers, and a body that its clients read. */
export interface OpenAiError {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: {
    readonly error: {
      readonly message: string;
      readonly type: string;
      /** The field at fault, where there is one. */
      readonly param: string | null;
      readonly code: string | null;
    };
  };
}

interface Kind {
  readonly status: number;
  readonly type: string;
  readonly code: string | null;
  /** Said where clients would else send the request again, in vain. */
  readonly final?: true;
}

const kinds: Partial<Record<StatusName, Kind>> = {
  INVALID_ARGUMENT: { status: 400, type: 'invalid_request_error', code: null },
  UNAUTHENTICATED: { status: 401, type: 'invalid_request_error', code: 'invalid_api_key' },
  NOT_FOUND: { status: 404, type: 'invalid_request_error', code: 'model_not_found' },
  RESOURCE_EXHAUSTED: { status: 429, type: 'rate_limit_error', code: 'rate_limit_exceeded' },
  // The status that proxies write for a client that has left; nobody reads it.
  CANCELLED: { status: 499, type: 'invalid_request_error', code: 'request_cancelled' },
  UNIMPLEMENTED: { status: 501, type: 'invalid_request_error', code: 'not_offered', final: true },
  UNAVAILABLE: { status: 503, type: 'server_error', code: 'service_unavailable' },
  DEADLINE_EXCEEDED: { status: 504, type: 'server_error', code: 'deadline_exceeded', final: true },
};

const internal: Kind = { status: 500, type: 'server_error', code: 'internal_error' };

/** Whatever was thrown, as a client of OpenAI's API is told it. */
export function openAiError(reason: unknown): OpenAiError {
  const error = RpcError.from(reason);
  const { status, type, code, final } = kinds[error.code] ?? internal;
  const { retryAfterMs } = error;
  const param = error.violations[0]?.field ?? (error.code === 'NOT_FOUND' ? 'model' : null);
  return {
    status,
    headers: {
      ...(error.code === 'UNAUTHENTICATED' ? { 'www-authenticate': 'Bearer' } : {}),
      ...(retryAfterMs === undefined
        ? {}
        : {
            'retry-after': String(Math.max(1, Math.ceil(retryAfterMs / 1_000))),
            'retry-after-ms': String(retryAfterMs),
          }),
      ...(final === true ? { 'x-should-retry': 'false' } : {}),
    },
    body: { error: { message: error.message, type, param, code } },
  };
}

/** An error of HTTP itself, which no handler saw. */
export function httpError(status: number, code: string, message: string): OpenAiError {
  return {
    status,
    headers: {},
    body: { error: { message, type: 'invalid_request_error', param: null, code } },
  };
}
