import { Client, Metadata } from '@grpc/grpc-js';
import { peerCredentials, type TlsSource } from '@ryzanstein/rpc';
import { setTimeout as pause } from 'node:timers/promises';

const askEveryMs = 50;
const answerWithinMs = 1_000;
// HealthCheckResponse { status = 1 (SERVING) }, as it stands on the wire.
const serving = Buffer.from([0x08, 0x01]);

/**
 * Asks `grpc.health.v1.Health` until a service is SERVING.
 *
 * @throws Error with a sentence when it is not within `timeoutMs`; the signal's reason when aborted
 */
export async function waitUntilServing(
  address: string,
  service: string,
  { timeoutMs, signal, tls }: { timeoutMs: number; signal: AbortSignal; tls?: TlsSource | undefined },
): Promise<void> {
  const client = new Client(address, peerCredentials(address, tls), {
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': 500,
  });
  const deadline = performance.now() + timeoutMs;
  try {
    while (!(await isServing(client, service))) {
      if (performance.now() > deadline)
        throw new Error(`${service} at ${address} did not become healthy within ${timeoutMs / 1_000} s.`);
      await pause(askEveryMs, undefined, { signal });
    }
  } finally {
    client.close();
  }
}

function isServing(client: Client, service: string): Promise<boolean> {
  return new Promise((resolve) => {
    client.makeUnaryRequest<string, boolean>(
      '/grpc.health.v1.Health/Check',
      healthCheckRequest,
      (bytes) => bytes.equals(serving),
      service,
      new Metadata(),
      { deadline: Date.now() + answerWithinMs },
      (error, answer) => resolve(error === null && answer === true),
    );
  });
}

// HealthCheckRequest { service = 1 }; names of services are far below 128 bytes, so their length is one.
function healthCheckRequest(service: string): Buffer {
  const name = Buffer.from(service);
  return Buffer.concat([Buffer.from([0x0a, name.length]), name]);
}
