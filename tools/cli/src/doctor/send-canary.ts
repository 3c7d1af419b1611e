import type { Metadata } from '@grpc/grpc-js';
import { Client, credentials } from '@grpc/grpc-js';
import { RpcError } from '@ryzanstein/rpc';
import { randomBytes, randomUUID } from 'node:crypto';
import { connectLlm } from '../chat/chat-call.ts';
import { failureSentence } from '../chat/failure-sentence.ts';
import type { Facts } from './facts.ts';

const answerWithinMs = 3_000;
const canaryWithinMs = 20_000;
const serviceName = 'ryzanstein.api.v1.LlmService';

/** Asks grpc.health.v1 whether the api-server lives, and whether it has a device to serve with. */
export async function askHealth(address: string): Promise<Facts['api']> {
  const client = new Client(address, credentials.createInsecure());
  try {
    const alive = await health(client, '');
    if (alive instanceof Error) {
      // grpc-js tells of the connection in a long line.
      const refused = /ECONNREFUSED|ENOTFOUND/.test(alive.message);
      return { state: 'silent', url: address, reason: refused ? 'nothing listens there' : alive.message };
    }
    const ready = await health(client, serviceName);
    return { state: 'answered', url: address, value: { alive, ready: ready === true } };
  } finally {
    client.close();
  }
}

function health(client: Client, service: string): Promise<boolean | Error> {
  const name = Buffer.from(service);
  // HealthCheckRequest { service = 1 }, HealthCheckResponse { status = 1 } with SERVING = 1.
  const request = service === '' ? Buffer.alloc(0) : Buffer.concat([Buffer.from([0x0a, name.length]), name]);
  return new Promise((resolve) => {
    client.makeUnaryRequest(
      '/grpc.health.v1.Health/Check',
      (bytes: Buffer) => bytes,
      (bytes: Buffer) => bytes.length === 2 && bytes[0] === 0x08 && bytes[1] === 0x01,
      request,
      { deadline: Date.now() + answerWithinMs },
      (error, serving) => resolve(error ?? serving === true),
    );
  });
}

/** Where the canary goes, and the key that it shows. */
export interface CanaryTarget {
  readonly address: string;
  readonly apiKey: string | undefined;
}

interface Canary {
  readonly requestId: string;
  readonly traceId: string;
  readonly sampled: boolean | undefined;
  readonly failure?: { readonly code: string; readonly sentence: string };
  readonly totalMs: number;
}

/**
 * Sends one short chat. Without a caller's context the mesh decides whether its trace is kept; where it
 * was not, a second one asks to be kept, so that the rest of the way can be tried all the same.
 */
export async function sendCanary(
  target: CanaryTarget,
  traceparent: string | undefined,
  signal: AbortSignal,
): Promise<Facts['canary']> {
  const first = await one(target, traceparent === undefined ? {} : { traceparent }, signal);
  if (first.sampled !== false || first.failure !== undefined) return { ...first, forced: false };
  const context = `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`;
  const second = await one(target, { traceparent: context, 'x-ryz-sampling-priority': 'keep' }, signal);
  return { ...second, sampled: second.sampled, forced: true };
}

async function one(
  { address, apiKey }: CanaryTarget,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<Canary> {
  const requestId = `doctor-${randomUUID()}`;
  const client = connectLlm(address, apiKey);
  const startedAt = performance.now();
  let traceId = /^00-([0-9a-f]{32})-/.exec(headers.traceparent ?? '')?.[1] ?? '';
  let sampled: boolean | undefined;
  const onHeaders = (metadata: Metadata): void => {
    const told = /^00-([0-9a-f]{32})-[0-9a-f]{16}-([0-9a-f]{2})$/.exec(
      String(metadata.get('traceresponse')[0]),
    );
    if (told === null) return;
    traceId = told[1] ?? '';
    sampled = (Number.parseInt(told[2] ?? '0', 16) & 1) === 1;
  };
  try {
    await client.Chat(
      { messages: [{ role: 'user', content: 'Hello' }], maxTokens: 8 },
      {
        metadata: { ...headers, 'x-request-id': requestId },
        timeoutMs: canaryWithinMs,
        signal,
        onHeaders,
        onTrailers: onHeaders,
      },
    );
    return { requestId, traceId, sampled, totalMs: performance.now() - startedAt };
  } catch (reason) {
    signal.throwIfAborted();
    const error = RpcError.from(reason);
    const sentence = failureSentence(error, { address, timeoutMs: canaryWithinMs });
    return {
      requestId,
      traceId,
      sampled,
      failure: { code: error.code, sentence },
      totalMs: performance.now() - startedAt,
    };
  } finally {
    client.close();
  }
}
