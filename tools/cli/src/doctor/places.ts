import { CommandFailure, type CliIo } from '../cli-io.ts';
import type { TlsOptions } from '../peer-tls.ts';
import { urlOption } from '../option-values.ts';

/** The options of `ryz doctor`. */
export interface DoctorOptions extends TlsOptions {
  readonly address: string;
  readonly traceUrl: string;
  readonly otlp?: string;
  readonly collectorMetrics?: string;
  readonly prometheus?: string;
  readonly elasticsearch?: string;
  readonly elasticsearchUser?: string;
  readonly elasticsearchPasswordFile?: string;
  readonly grafana?: string;
  readonly kibana?: string;
  readonly sampling?: string;
  readonly traceparent?: string;
  /** Milliseconds that telemetry may take to arrive. */
  readonly timeout: number;
  readonly json?: boolean;
}

/** A part of the way: where it is, and whether somebody said that it must be there. */
export interface Place {
  readonly url: string;
  readonly named: boolean;
}

/** `none` as the value of an option leaves that part out. */
export const none = 'none';

/** An address, or `none`. */
export function placeOption(text: string): string {
  return text === none ? text : urlOption(text);
}

/** A place from an option, or else where the compose files publish it. */
export function placeOf(option: string | undefined, published: string): Place | undefined {
  if (option === none) return undefined;
  return option === undefined ? { url: published, named: false } : { url: option, named: true };
}

/** Where spans go, and how, as the services read it. */
export function otlpSettings(
  options: DoctorOptions,
  { env }: CliIo,
): { endpoint: string; named: boolean; protocol: string } {
  const given =
    options.otlp ?? env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? env.OTEL_EXPORTER_OTLP_ENDPOINT ?? '';
  return {
    endpoint: given === '' ? 'http://localhost:4317' : given,
    named: given !== '',
    protocol: env.OTEL_EXPORTER_OTLP_TRACES_PROTOCOL ?? env.OTEL_EXPORTER_OTLP_PROTOCOL ?? 'grpc',
  };
}

/** The text after `Basic`, where Elasticsearch asks for a user. */
export function basicCredentials(
  options: DoctorOptions,
  readFile: (path: string) => string,
): string | undefined {
  const { elasticsearchUser: user, elasticsearchPasswordFile: file } = options;
  if (user === undefined && file === undefined) return undefined;
  if (file === undefined)
    throw new CommandFailure('--elasticsearch-user needs --elasticsearch-password-file.', 2);
  try {
    return Buffer.from(`${user ?? 'elastic'}:${readFile(file).trim()}`).toString('base64');
  } catch (error) {
    throw new CommandFailure(`${file} cannot be read: ${(error as Error).message}`, 2, { cause: error });
  }
}
