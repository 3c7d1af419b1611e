import { STATUS_CODES, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { httpError, type OpenAiError } from './openai-error.ts';

/** What one caller may ask of the edge before it has asked anything. */
export interface EdgeLimits {
  /** The head of a request must have come within this; ms. Also the life of a connection without one. */
  readonly headersWithinMs: number;
  /** The whole request must have come within this; ms. */
  readonly requestWithinMs: number;
  /** How often slow requests are looked for; ms. */
  readonly lookEveryMs: number;
  /** A connection between two requests is kept this long; ms. */
  readonly idleMs: number;
  /** Larger bodies are refused. */
  readonly bodyBytes: number;
  /** Connections without a request; those beyond it are closed at once. */
  readonly idleConnections: number;
}

export const edgeLimits: EdgeLimits = {
  headersWithinMs: 10_000,
  requestWithinMs: 30_000,
  // Node.js looks every 30 s by itself, which would make the others longer than they say.
  lookEveryMs: 1_000,
  idleMs: 72_000,
  bodyBytes: 4 * 1024 * 1024,
  idleConnections: 10_000,
};

const tooSlow = httpError(408, 'request_timeout', 'The request came too slowly; send it again, at once.');
const headTooLarge = httpError(
  431,
  'headers_too_large',
  'The headers of the request are larger than 16 KiB.',
);
const noHttp = httpError(400, 'bad_request', 'The request cannot be read as HTTP.');

/**
 * Answers what is not, or not in time, a request of HTTP, and closes its connection: no handler sees it.
 * For fastify's `clientErrorHandler`.
 */
export function refuseUnreadable(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const known = answers[error.code ?? ''] ?? noHttp;
  const response = responseOn(socket);
  // A request whose head had come has an answer of its own, with its ids, which its span is told.
  if (response?.headersSent === false) {
    const text = JSON.stringify(known.body);
    const length = Buffer.byteLength(text);
    response.writeHead(known.status, { connection: 'close', 'content-type': json, 'content-length': length });
    response.end(text);
  } else if (response === undefined && socket.writable) socket.write(rawAnswer(known));
  // An answer that is under way is not mixed with another one, only cut.
  socket.destroy();
}

const json = 'application/json; charset=utf-8';
const answers: Readonly<Record<string, OpenAiError>> = {
  ERR_HTTP_REQUEST_TIMEOUT: tooSlow,
  HPE_HEADER_OVERFLOW: headTooLarge,
};

// Node.js keeps there what it answers on the connection, and looks at it in the same situation.
function responseOn(socket: Socket): ServerResponse | undefined {
  return (socket as { readonly _httpMessage?: ServerResponse | null })._httpMessage ?? undefined;
}

function rawAnswer({ status, body }: OpenAiError): string {
  const text = JSON.stringify(body);
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Connection: close',
    `Content-Type: ${json}`,
    `Content-Length: ${Buffer.byteLength(text)}`,
    '',
    text,
  ].join('\r\n');
}
