import { Client, credentials, status, type ServiceError } from '@grpc/grpc-js';
import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { askHttp } from './ask-http.ts';
import type { Answer, Facts, OtlpSpeech } from './facts.ts';

const answerWithinMs = 3_000;

/** Sends an empty export to where services send theirs, and finds out what listens where that fails. */
export async function askOtlp(
  endpoint: string,
  protocol: string,
  signal: AbortSignal,
): Promise<Facts['otlp']> {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : new URL(`http://${endpoint}`);
  const wanted = protocol.startsWith('http') ? 'http' : 'grpc';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const secure = url.protocol === 'https:';
  const port = Number(url.port || (secure ? 443 : 80));
  const answered = (speech: OtlpSpeech): Answer<{ speech: OtlpSpeech; wanted: 'grpc' | 'http' }> => ({
    state: 'answered',
    url: endpoint,
    value: { speech, wanted },
  });
  const open = await opens(host, port);
  signal.throwIfAborted();
  if (open !== 'open') return answered(open);
  const overGrpc = await exportNothing(`${host}:${port}`, secure);
  if (overGrpc === undefined) return answered('grpc');
  if (overGrpc === status.UNAUTHENTICATED || overGrpc === status.PERMISSION_DENIED)
    return answered('rejected credentials');
  if (!secure && (await speaksTls(host, port))) return answered('grpc over tls');
  const overHttp = await askHttp(`${url.protocol}//${url.host}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
    signal,
  });
  if (overHttp.state !== 'answered')
    // It takes connections and then says nothing, neither this way nor that.
    return answered(overGrpc === status.DEADLINE_EXCEEDED ? 'silent' : 'something else');
  if (overHttp.value.status === 401 || overHttp.value.status === 403) return answered('rejected credentials');
  const { type, status: answer } = overHttp.value;
  return answered(answer === 200 && type.includes('json') ? 'http' : 'something else');
}

function opens(host: string, port: number): Promise<'open' | 'refused' | 'silent'> {
  return new Promise((resolve) => {
    const socket = connectTcp({ host, port, timeout: answerWithinMs });
    const done = (what: 'open' | 'refused' | 'silent'): void => {
      socket.destroy();
      resolve(what);
    };
    socket.once('connect', () => done('open'));
    socket.once('timeout', () => done('silent'));
    socket.once('error', () => done('refused'));
  });
}

function speaksTls(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectTls({ host, port, rejectUnauthorized: false, timeout: answerWithinMs });
    const done = (what: boolean): void => {
      socket.destroy();
      resolve(what);
    };
    socket.once('secureConnect', () => done(true));
    socket.once('timeout', () => done(false));
    socket.once('error', () => done(false));
  });
}

/** Undefined where the export was taken, else the status of the call. */
function exportNothing(address: string, secure: boolean): Promise<status | undefined> {
  const client = new Client(address, secure ? credentials.createSsl() : credentials.createInsecure());
  return new Promise((resolve) => {
    client.makeUnaryRequest(
      '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
      (bytes: Buffer) => bytes,
      (bytes: Buffer) => bytes,
      Buffer.alloc(0),
      { deadline: Date.now() + answerWithinMs },
      (error: ServiceError | null) => {
        client.close();
        resolve(error === null ? undefined : error.code);
      },
    );
  });
}
