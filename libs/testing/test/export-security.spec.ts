import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTelemetry, type Telemetry } from '@ryzanstein/tracing';
import {
  startOtlpCollector,
  testCertificates,
  type CollectorOptions,
  type OtlpCollector,
} from '../src/index.ts';

const certificates = await testCertificates();
const others = await testCertificates();
const folder = mkdtempSync(join(tmpdir(), 'ryzanstein-otlp-'));
const file = (name: string, content: string) => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};
const roots = file('roots.pem', certificates.roots);
const otherRoots = file('other-roots.pem', others.roots);
const clientKey = file('client-key.pem', certificates.client.key);
const clientCertificate = file('client.pem', certificates.client.certificate);
const noPem = file('no.pem', 'this is no certificate');
afterAll(() => rmSync(folder, { recursive: true }));

let telemetry: Telemetry;
let collector: OtlpCollector;
let said: string[];

async function start(env: Record<string, string>, options: CollectorOptions = {}): Promise<void> {
  collector = await startOtlpCollector({ tls: certificates.server, ...options });
  said = [];
  const say = (_fields: object, message: string) => said.push(message);
  telemetry = startTelemetry({
    serviceName: 'sender',
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint, OTEL_BSP_SCHEDULE_DELAY: '10', ...env },
    logger: { info: say, warn: say, error: say },
  });
  telemetry.tracer.startSpan('step', () => {});
}

async function failed(): Promise<string> {
  const giveUpAtMs = performance.now() + 10_000;
  while (!said.some((line) => line.startsWith('spans cannot'))) {
    if (performance.now() > giveUpAtMs) throw new Error(`said: ${said.join('\n')}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return said.join('\n');
}

afterEach(async () => {
  await telemetry.shutdown();
  collector.stop();
});

it('sends over TLS, by the roots that are given', async () => {
  await start({ OTEL_EXPORTER_OTLP_CERTIFICATE: roots });
  await telemetry.forceFlush();
  expect(collector.spans).toHaveLength(1);
  expect(said).toEqual([]);
});

it('shows its own certificate to a collector that wants one', async () => {
  await start(
    {
      OTEL_EXPORTER_OTLP_CERTIFICATE: roots,
      OTEL_EXPORTER_OTLP_CLIENT_KEY: clientKey,
      OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: clientCertificate,
    },
    { tls: { ...certificates.server, clientRoots: certificates.roots } },
  );
  await telemetry.forceFlush();
  expect(collector.spans).toHaveLength(1);
});

it('is refused without one', async () => {
  await start(
    { OTEL_EXPORTER_OTLP_CERTIFICATE: roots },
    { tls: { ...certificates.server, clientRoots: certificates.roots } },
  );
  expect(await failed()).toMatch(/UNAVAILABLE: /);
  expect(collector.spans).toHaveLength(0);
});

it('does not talk to a collector that others vouch for', async () => {
  await start({ OTEL_EXPORTER_OTLP_CERTIFICATE: otherRoots });
  expect(await failed()).toMatch(/UNAVAILABLE: .*(certificate|signature)/);
  expect(collector.spans).toHaveLength(0);
});

it.each([
  [
    'a missing file of roots',
    { OTEL_EXPORTER_OTLP_CERTIFICATE: '/missing.pem' },
    /^OTEL_EXPORTER_OTLP_CERTIFICATE is "\/missing.pem", which cannot be read \(ENOENT.*\); the system's root certificates are used$/,
  ],
  [
    'roots that are none',
    {
      OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE: noPem,
      OTEL_EXPORTER_OTLP_CLIENT_KEY: noPem,
      OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: noPem,
    },
    /^one of OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE \(".*no.pem"\), .* is not what it should be \(.*\); the system's root certificates are used, and no client certificate is sent$/,
  ],
  [
    'a key alone',
    { OTEL_EXPORTER_OTLP_CERTIFICATE: roots, OTEL_EXPORTER_OTLP_CLIENT_KEY: clientKey },
    /^OTEL_EXPORTER_OTLP_CLIENT_KEY is set without …_CLIENT_CERTIFICATE; no client certificate is sent$/,
  ],
])('starts with %s, and says so', async (_title, env: Record<string, string>, sentence) => {
  await start({ ...env, OTEL_LOGS_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none' });
  await Promise.resolve();
  expect(said).toEqual([expect.stringMatching(sentence)]);
});

it('takes files that have changed within two seconds, and goes on by them', async () => {
  const changing = file('changing.pem', others.roots);
  await start({ OTEL_EXPORTER_OTLP_CERTIFICATE: changing });
  await failed();
  file('changing.pem', certificates.roots);
  const changedAtMs = performance.now();
  while (!said.some((line) => line.includes('have changed and are in force')))
    await new Promise((resolve) => setTimeout(resolve, 5));
  expect(performance.now() - changedAtMs).toBeLessThan(2_000);
  await telemetry.forceFlush();
  expect(collector.spans).toHaveLength(1);
});

it('sends what it is told to in every call, compressed', async () => {
  await start({
    OTEL_EXPORTER_OTLP_CERTIFICATE: roots,
    OTEL_EXPORTER_OTLP_HEADERS: 'x-api-key=a%20b,grpc-bad=x',
    OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
  });
  await telemetry.forceFlush();
  expect(collector.spans).toHaveLength(1);
  expect(collector.headers).toMatchObject({ 'x-api-key': 'a b' });
  expect(collector.headers).not.toHaveProperty('grpc-bad');
  expect(collector.headers).not.toHaveProperty('traceparent');
  expect(said).toHaveLength(1);
});
