import {
  createServer,
  request,
  type Agent,
  type IncomingHttpHeaders,
  type RequestListener,
  type Server,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import type { EndedRequest } from '../src/http.ts';
import { startTelemetry, type Telemetry } from '../src/telemetry.ts';
import { recordSpans, type RecordedSpan, type SpanRecorder } from '../src/testing.ts';

/** Telemetry that records and sends nothing. */
export function recording(env: Record<string, string> = {}): {
  telemetry: Telemetry;
  recorder: SpanRecorder;
} {
  const recorder = recordSpans();
  const telemetry = startTelemetry({
    serviceName: 'edge',
    edge: true,
    env: { OTEL_TRACES_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none', ...env },
    spanProcessors: [recorder],
  });
  return { telemetry, recorder };
}

/** A server on a port of its own. */
export async function listening(listener: RequestListener): Promise<Server> {
  const server = createServer(listener);
  await new Promise<void>((bound) => server.listen(0, '127.0.0.1', bound));
  return server;
}

export const portOf = (server: Server) => (server.address() as AddressInfo).port;

export async function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
}

export interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Asking {
  readonly method?: string;
  readonly headers?: Record<string, string | string[]>;
  readonly body?: string;
  readonly agent?: Agent;
  /** Leaves at the first piece of the answer. */
  readonly leaves?: boolean;
}

/** Asks with node:http, which hides nothing of what is sent. */
export function ask(port: number, path: string, asking: Asking = {}): Promise<Answer> {
  const { method = 'GET', headers = {}, body, agent, leaves = false } = asking;
  return new Promise((resolve, reject) => {
    const asked = request(
      { host: '127.0.0.1', port, path, method, headers, agent: agent ?? false },
      (answer) => {
        const pieces: Buffer[] = [];
        const done = () =>
          resolve({
            status: answer.statusCode,
            headers: answer.headers,
            body: Buffer.concat(pieces).toString(),
          });
        answer.on('data', (piece: Buffer) => {
          pieces.push(piece);
          if (leaves) asked.destroy();
        });
        answer.on('close', done);
        answer.on('error', done);
      },
    );
    asked.on('error', reject);
    asked.end(body);
  });
}

/** What a span says, but for ids and times. */
export function said({ name, kind, status, attributes }: RecordedSpan) {
  const { 'request.id': _requestId, 'server.port': _port, ...rest } = attributes;
  return { name, kind, status, ...rest };
}

/** What an observer is told, but for the time. */
export function told({ durationMs: _durationMs, ...rest }: EndedRequest) {
  return rest;
}
