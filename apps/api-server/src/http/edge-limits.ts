import type { ServerResponse } from 'node:http';
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

/** Answers what is not, or not in time, a request of HTTP: no handler sees it. */
export interface Unreadable {
  /** For fastify's `clientErrorHandler`. */
  refuse(error: NodeJS.ErrnoException, socket: Socket): void;
  /** The answer to a request whose connection was cut because it came too slowly. */
  answerOf(socket: Socket): OpenAiError | undefined;
}

const tooSlow = httpError(408, 'request_timeout', 'The request came too slowly; send it again, at once.');
const headTooLarge = httpError(
  431,
  'headers_too_large',
  'The headers of the request are larger than 16 KiB.',
);
const noHttp = httpError(400, 'bad_request', 'The request cannot be read as HTTP.');

export function unreadableRequests(): Unreadable {
  const slow = new WeakSet<Socket>();
  return {
    refuse(error, socket) {
      if (error.code === 'ECONNRESET' || socket.destroyed) return;
      const timedOut = error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
      if (timedOut) slow.add(socket);
      // An answer that is under way must not be mixed with another one.
      if (socket.writable && !answering(socket)) {
        const answer = timedOut ? tooSlow : error.code === 'HPE_HEADER_OVERFLOW' ? headTooLarge : noHttp;
        socket.write(rawAnswer(answer));
      }
      socket.destroy();
    },
    answerOf: (socket) => (slow.has(socket) ? tooSlow : undefined),
  };
}

// Node.js keeps there what it answers on the connection, and looks at it in the same situation.
function answering(socket: Socket): boolean {
  return (socket as { readonly _httpMessage?: ServerResponse | null })._httpMessage?.headersSent === true;
}

const reasons: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
};

function rawAnswer({ status, body }: OpenAiError): string {
  const text = JSON.stringify(body);
  return [
    `HTTP/1.1 ${status} ${reasons[status]}`,
    'Connection: close',
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(text)}`,
    '',
    text,
  ].join('\r\n');
}
