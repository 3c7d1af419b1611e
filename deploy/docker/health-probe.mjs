/**
 * Exits 0 if a gRPC service of this container is SERVING: `node health-probe.mjs <service>`.
 * The port is that of RYZ_GRPC_ADDRESS; with RYZ_TLS_CERT_FILE it is asked over TLS.
 */
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { Client, credentials } from '@grpc/grpc-js';

const answerWithinMs = 3_000;
const serving = Buffer.from([0x08, 0x01]); // HealthCheckResponse { status: SERVING }

const service = process.argv[2] ?? '';
const port = process.env.RYZ_GRPC_ADDRESS?.split(':').at(-1);
const { RYZ_TLS_CERT_FILE: certFile = '', RYZ_TLS_KEY_FILE: keyFile = '' } = process.env;
const client = new Client(
  `localhost:${port}`,
  certFile === '' ? credentials.createInsecure() : ownCredentials(),
);
client.makeUnaryRequest(
  '/grpc.health.v1.Health/Check',
  // HealthCheckRequest { service }: field 1, length-delimited, shorter than 128 bytes.
  (name) => Buffer.concat([Buffer.from([0x0a, name.length]), name]),
  (answer) => answer,
  Buffer.from(service),
  { deadline: Date.now() + answerWithinMs },
  (error, answer) => {
    const ready = error === null && answer?.equals(serving) === true;
    if (!ready) process.stderr.write(`${service} is not ready: ${error?.message ?? 'NOT_SERVING'}\n`);
    process.exit(ready ? 0 : 1);
  },
);

// It shows the service its own certificate, in case it asks for one. What the service shows needs no
// check: nobody else can listen at this port of the container.
function ownCredentials() {
  const context = createSecureContext({ cert: readFileSync(certFile), key: readFileSync(keyFile) });
  return credentials.createFromSecureContext(context, { rejectUnauthorized: false });
}
