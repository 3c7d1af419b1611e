import { answeredFailure, connectionFailure } from './call-failure.ts';

/** Where a server is, and how it is asked. */
export interface RemoteApiOptions {
  /** The base of its API, such as `http://127.0.0.1:8000/v1`. */
  readonly url: string;
  /** Asked for each call, so that a key may be replaced while the process runs; empty for none. */
  readonly apiKey: () => string;
}

/** What goes with a call. */
export interface CallOptions {
  readonly signal: AbortSignal;
  readonly headers?: Readonly<Record<string, string>>;
  /** Texts that no error may repeat. */
  readonly texts?: readonly string[];
}

/**
 * A server of OpenAI's HTTP API. Its calls make no spans, and pass on nothing but the headers they are
 * given; they fail with `CallFailure`, or with the reason of the signal.
 */
export interface RemoteApi {
  /** `host:port`, as messages name it. */
  readonly server: string;
  readonly address: string;
  readonly port: number;
  /** Asks at a path below the API's base. The answer is one of 200. */
  post(path: string, body: object, options: CallOptions): Promise<Response>;
  /** Whether all is well there, by the status alone: many answer it without a body. */
  ping(path: string, options: CallOptions): Promise<void>;
  /** The same, read as JSON. */
  get(path: string, options: CallOptions): Promise<unknown>;
  postJson(path: string, body: object, options: CallOptions): Promise<unknown>;
}

// Errors are sentences; what is longer is cut.
const longestError = 65_536;

/** Paths that begin with `//` are below the server's root, where `/v1` is not part of them. */
export function createRemoteApi({ url, apiKey }: RemoteApiOptions): RemoteApi {
  const base = url.replace(/\/+$/, '');
  const root = base.replace(/\/v1$/, '');
  const { hostname, port, protocol, host } = new URL(base);

  const ask = async (
    method: 'GET' | 'POST',
    path: string,
    body: object | undefined,
    { signal, headers = {}, texts = [] }: CallOptions,
  ): Promise<Response> => {
    signal.throwIfAborted();
    const key = apiKey();
    let response: Response;
    try {
      response = await fetch(path.startsWith('//') ? `${root}${path.slice(1)}` : `${base}${path}`, {
        method,
        signal,
        redirect: 'error',
        headers: {
          ...headers,
          ...(key === '' ? {} : { authorization: `Bearer ${key}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    } catch (reason) {
      signal.throwIfAborted();
      throw connectionFailure(reason);
    }
    if (response.ok) return response;
    const text = await response.text().catch(() => '');
    signal.throwIfAborted();
    const answer = {
      status: response.status,
      headers: response.headers,
      body: text.slice(0, longestError),
    };
    throw answeredFailure(path.replace(/^\/\//, '/'), answer, texts);
  };

  const readJson = async (response: Response, signal: AbortSignal): Promise<unknown> => {
    try {
      return await response.json();
    } catch (reason) {
      signal.throwIfAborted();
      throw connectionFailure(reason);
    }
  };

  return {
    server: host,
    address: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port),
    post: (path, body, options) => ask('POST', path, body, options),
    async ping(path, options) {
      await (await ask('GET', path, undefined, options)).body?.cancel();
    },
    get: async (path, options) => readJson(await ask('GET', path, undefined, options), options.signal),
    postJson: async (path, body, options) => readJson(await ask('POST', path, body, options), options.signal),
  };
}
