import { readOtlpSettings } from './otlp-settings.ts';
import { SettingsReader } from './settings-reader.ts';

function read(env: Record<string, string>) {
  const reader = new SettingsReader(env);
  return { ...readOtlpSettings(reader), said: reader.problems.map(({ sentence }) => sentence) };
}

it.each([
  ['http://collector:1', {}, { address: 'collector', port: 1, secure: false }],
  ['http://collector', {}, { address: 'collector', port: 4317, secure: false }],
  ['http://collector:80', {}, { address: 'collector', port: 80, secure: false }],
  ['https://collector', {}, { address: 'collector', port: 443, secure: true }],
  ['HTTPS://collector:4317/v1/traces', {}, { address: 'collector', port: 4317, secure: true }],
  ['http://[::1]:4317', {}, { address: '[::1]', port: 4317, secure: false }],
  ['https://collector:4317', { OTEL_EXPORTER_OTLP_INSECURE: 'true' }, { port: 4317, secure: true }],
  ['collector:4317', {}, { address: 'collector', port: 4317, secure: true }],
  ['collector:443', {}, { address: 'collector', port: 443, secure: true }],
  ['collector:4317', { OTEL_EXPORTER_OTLP_INSECURE: 'true' }, { port: 4317, secure: false }],
])('goes to %s with %j', (endpoint, more, wanted) => {
  const { traces, said } = read({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, ...more });
  expect(traces).toMatchObject({ endpoint, ...wanted });
  expect(said).toEqual([]);
});

it.each(['collector', 'ftp://collector:1', 'http://', 'http://collector:99999', 'a b:4317'])(
  'refuses the endpoint "%s"',
  (endpoint) => {
    const { traces, said } = read({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint });
    expect(traces).toMatchObject({ address: 'localhost', port: 4317, secure: false });
    expect(said).toEqual([
      `OTEL_EXPORTER_OTLP_ENDPOINT is "${endpoint}", but must be an http:// or https:// address, or host:port; using http://localhost:4317`,
    ]);
  },
);

it('has for each signal what is said of it, and for the others what is said of all', () => {
  const { traces, metrics, logs, said } = read({
    OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:1',
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://traces:2',
    OTEL_EXPORTER_OTLP_METRICS_INSECURE: 'true',
    OTEL_EXPORTER_OTLP_HEADERS: 'All=yes',
    OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'one=a%2Cb,two=c=d',
    OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
    OTEL_EXPORTER_OTLP_LOGS_COMPRESSION: 'none',
    OTEL_EXPORTER_OTLP_TIMEOUT: '1000',
    OTEL_EXPORTER_OTLP_METRICS_TIMEOUT: '2000',
    OTEL_EXPORTER_OTLP_CERTIFICATE: '/roots.pem',
    OTEL_EXPORTER_OTLP_LOGS_CERTIFICATE: '/logs.pem',
    OTEL_EXPORTER_OTLP_CLIENT_KEY: '/key.pem',
    OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE: '/client.pem',
  });
  expect(said).toEqual([]);
  expect(traces).toEqual({
    endpoint: 'http://traces:2',
    address: 'traces',
    port: 2,
    secure: false,
    headers: { one: 'a,b', two: 'c=d' },
    compression: 'gzip',
    timeoutMs: 1_000,
    certificate: { variable: 'OTEL_EXPORTER_OTLP_CERTIFICATE', path: '/roots.pem' },
    clientKey: { variable: 'OTEL_EXPORTER_OTLP_CLIENT_KEY', path: '/key.pem' },
    clientCertificate: { variable: 'OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE', path: '/client.pem' },
  });
  expect(metrics).toMatchObject({ address: 'collector', port: 1, secure: false, timeoutMs: 2_000 });
  expect(logs).toMatchObject({
    secure: true,
    headers: { all: 'yes' },
    compression: 'none',
    timeoutMs: 1_000,
    certificate: { variable: 'OTEL_EXPORTER_OTLP_LOGS_CERTIFICATE', path: '/logs.pem' },
  });
});

it('leaves bad headers out, and never says their values', () => {
  const { traces, said } = read({
    OTEL_EXPORTER_OTLP_HEADERS:
      'ok=1,,api key=s3cret,broken=%zz,grpc-x=s3cret,x-bin=s3cret,s3cret,line=a%0Ab,ok2=a%20b',
  });
  expect(traces.headers).toEqual({ ok: '1', ok2: 'a b' });
  expect(said).toHaveLength(6);
  expect(said.join()).not.toContain('s3cret');
  expect(said[0]).toBe(
    'OTEL_EXPORTER_OTLP_HEADERS is "api key=…", but must be key=value pairs, percent-encoded, of lower-case keys that gRPC does not reserve and printable ASCII values; using the other pairs',
  );
});

it('says what compression and time may be', () => {
  const { logs, said } = read({
    OTEL_EXPORTER_OTLP_COMPRESSION: 'zstd',
    OTEL_EXPORTER_OTLP_LOGS_TIMEOUT: 'soon',
    OTEL_EXPORTER_OTLP_INSECURE: 'yes',
  });
  expect(logs).toMatchObject({ compression: 'none', timeoutMs: 5_000 });
  expect(said.sort()).toEqual([
    'OTEL_EXPORTER_OTLP_COMPRESSION is "zstd", but must be one of gzip, none; using none',
    'OTEL_EXPORTER_OTLP_INSECURE is "yes", but must be one of true, false; using the default',
    'OTEL_EXPORTER_OTLP_LOGS_TIMEOUT is "soon", but must be a whole number from 1 to 60000; using 5000',
  ]);
});
