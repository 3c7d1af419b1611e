import { readFileSync } from 'node:fs';
import { ChannelCredentials } from '@grpc/grpc-js';
import type { TelemetryLogger } from '../diagnostics.ts';
import type { FileSetting, OtlpSettings } from '../settings/otlp-settings.ts';

/**
 * How the connection is secured. What is wrong with a file is said, and the process goes on with
 * less: without the client's certificate, or with the system's roots, but never without TLS.
 */
export function otlpCredentials(settings: OtlpSettings, report: TelemetryLogger): ChannelCredentials {
  if (!settings.secure) return ChannelCredentials.createInsecure();
  const { clientKey, clientCertificate } = settings;
  const roots = contentOf(settings.certificate, "the system's root certificates are used", report);
  let key: Buffer | null = null;
  let chain: Buffer | null = null;
  const without = 'no client certificate is sent';
  if (clientKey !== undefined && clientCertificate !== undefined) {
    key = contentOf(clientKey, without, report);
    chain = contentOf(clientCertificate, without, report);
    if (key === null || chain === null) key = chain = null;
  } else {
    const alone = clientKey ?? clientCertificate;
    if (alone !== undefined) {
      const other = clientKey === undefined ? 'CLIENT_KEY' : 'CLIENT_CERTIFICATE';
      const sentence = `${alone.variable} is set without …_${other}; ${without}`;
      report.error({ variable: alone.variable, value: alone.path }, sentence);
    }
  }
  try {
    return ChannelCredentials.createSsl(roots, key, chain);
  } catch (error) {
    const files = [settings.certificate, clientKey, clientCertificate].filter((file) => file !== undefined);
    const names = files.map(({ variable, path }) => `${variable} ("${path}")`).join(', ');
    report.error(
      { files: files.map(({ path }) => path), reason: messageOf(error) },
      `one of ${names} is not what it should be (${messageOf(error)}); the system's root certificates are used, and ${without}`,
    );
    return ChannelCredentials.createSsl();
  }
}

function contentOf(file: FileSetting | undefined, otherwise: string, report: TelemetryLogger): Buffer | null {
  if (file === undefined) return null;
  const { variable, path } = file;
  try {
    return readFileSync(path);
  } catch (error) {
    report.error(
      { variable, value: path },
      `${variable} is "${path}", which cannot be read (${messageOf(error)}); ${otherwise}`,
    );
    return null;
  }
}

function messageOf(error: unknown): string {
  const { message } = error as Partial<Error>;
  return message ?? String(error);
}
