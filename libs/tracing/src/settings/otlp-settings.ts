import type { SettingsReader } from './settings-reader.ts';

/** A file that a variable names. It is read when it is needed. */
export interface FileSetting {
  readonly variable: string;
  readonly path: string;
}

/** How one signal is sent over OTLP/gRPC. */
export interface OtlpSettings {
  /** As it was given. */
  readonly endpoint: string;
  readonly address: string;
  readonly port: number;
  readonly secure: boolean;
  /** Metadata of every call; its values may be secrets. */
  readonly headers: Readonly<Record<string, string>>;
  readonly compression: 'gzip' | 'none';
  /** Bound of one attempt. */
  readonly timeoutMs: number;
  /** Who may sign the collector's certificate; the system's roots, if not given. */
  readonly certificate: FileSetting | undefined;
  readonly clientKey: FileSetting | undefined;
  readonly clientCertificate: FileSetting | undefined;
}

/** `OTEL_EXPORTER_OTLP_*`, and what `OTEL_EXPORTER_OTLP_{TRACES,METRICS,LOGS}_*` have instead. */
export function readOtlpSettings(
  reader: SettingsReader,
): Readonly<Record<'traces' | 'metrics' | 'logs', OtlpSettings>> {
  const general = read(reader, 'OTEL_EXPORTER_OTLP', {
    endpoint: 'http://localhost:4317',
    address: 'localhost',
    port: 4317,
    secure: false,
    headers: {},
    compression: 'none',
    timeoutMs: 5_000,
    certificate: undefined,
    clientKey: undefined,
    clientCertificate: undefined,
  });
  return {
    traces: read(reader, 'OTEL_EXPORTER_OTLP_TRACES', general),
    metrics: read(reader, 'OTEL_EXPORTER_OTLP_METRICS', general),
    logs: read(reader, 'OTEL_EXPORTER_OTLP_LOGS', general),
  };
}

function read(reader: SettingsReader, prefix: string, otherwise: OtlpSettings): OtlpSettings {
  const file = (name: 'CERTIFICATE' | 'CLIENT_KEY' | 'CLIENT_CERTIFICATE') => {
    const path = reader.text(`${prefix}_${name}`);
    return path === undefined ? undefined : { variable: `${prefix}_${name}`, path };
  };
  return {
    ...endpoint(reader, prefix, otherwise),
    headers: headers(reader, `${prefix}_HEADERS`) ?? otherwise.headers,
    compression: reader.choice(
      `${prefix}_COMPRESSION`,
      ['gzip', 'none'],
      otherwise.compression,
    ) as OtlpSettings['compression'],
    timeoutMs: reader.number(`${prefix}_TIMEOUT`, { default: otherwise.timeoutMs, min: 1, max: 60_000 }),
    certificate: file('CERTIFICATE') ?? otherwise.certificate,
    clientKey: file('CLIENT_KEY') ?? otherwise.clientKey,
    clientCertificate: file('CLIENT_CERTIFICATE') ?? otherwise.clientCertificate,
  };
}

type Endpoint = Pick<OtlpSettings, 'endpoint' | 'address' | 'port' | 'secure'>;

const wanted = 'an http:// or https:// address, or host:port';

/** With a scheme, that says whether the connection is secure; without one, `…_INSECURE` does. */
function endpoint(reader: SettingsReader, prefix: string, otherwise: Endpoint): Endpoint {
  const variable = `${prefix}_ENDPOINT`;
  const insecure = reader.choice(`${prefix}_INSECURE`, ['true', 'false'], undefined);
  const given = reader.text(variable);
  if (given === undefined) {
    const { endpoint, address, port, secure } = otherwise;
    const schemeless = !endpoint.includes('://') && insecure !== undefined;
    return { endpoint, address, port, secure: schemeless ? insecure !== 'true' : secure };
  }
  const scheme = /^(https?):\/\//i.exec(given)?.[1]?.toLowerCase();
  const secure = scheme === undefined ? insecure !== 'true' : scheme === 'https';
  const url = scheme === undefined ? `https://${given}` : given;
  const hasPort = /^[a-z]+:\/\/[^/]*:\d+(?:[/?#]|$)/i.test(url);
  if (!URL.canParse(url) || (scheme === undefined && (given.includes('://') || !hasPort))) {
    const { endpoint, address, port, secure: asBefore } = otherwise;
    reader.refuse(variable, given, wanted, endpoint);
    return { endpoint, address, port, secure: asBefore };
  }
  const { hostname, port, protocol } = new URL(url);
  // Collectors listen for gRPC on 4317; behind https without a port, a service has its usual one.
  const usual = protocol === 'https:' ? 443 : hasPort ? 80 : 4317;
  return { endpoint: given, address: hostname, port: port === '' ? usual : Number(port), secure };
}

const reserved = /^(?:grpc-.*|content-type|te|host|connection|user-agent|.*-bin)$/;

/** Undefined where none are given. A value is never said, because it may be a secret. */
function headers(reader: SettingsReader, variable: string): Record<string, string> | undefined {
  const given = reader.text(variable);
  if (given === undefined) return undefined;
  const found: Record<string, string> = {};
  for (const part of given.split(',')) {
    if (part.trim() === '') continue;
    const [before = '', ...rest] = part.split('=');
    const key = before.trim().toLowerCase();
    const value = decoded(rest.join('=').trim());
    const valid = rest.length > 0 && /^[0-9a-z_.-]+$/.test(key) && !reserved.test(key);
    if (valid && value !== undefined && /^[\x20-\x7e]+$/.test(value)) found[key] = value;
    else
      reader.refuse(
        variable,
        rest.length > 0 ? `${key}=…` : '…',
        'key=value pairs, percent-encoded, of lower-case keys that gRPC does not reserve and printable ASCII values',
        'the other pairs',
      );
  }
  return found;
}

function decoded(value: string): string | undefined {
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined;
  }
}
