import { readFile } from 'node:fs/promises';
import { ChannelCredentials } from '@grpc/grpc-js';
import type { TelemetryLogger } from '../diagnostics.ts';
import { pollEvery } from '../sampling/poll-every.ts';
import type { OtlpSettings } from '../settings/otlp-settings.ts';

const lookEveryMs = 1_000;

/**
 * Gives new credentials whenever the files of a secure connection have changed, at most a second later.
 * Files that cannot be used leave the connection as it is, and are said once if they stay so: a pair that
 * is being replaced does not fit for a moment. Keeps no process alive. Returns what stops it.
 */
export function followCredentials(
  { secure, certificate, clientKey, clientCertificate }: OtlpSettings,
  report: TelemetryLogger,
  take: (credentials: ChannelCredentials) => void,
): () => void {
  const pair = clientKey !== undefined && clientCertificate !== undefined;
  const files = [certificate, ...(pair ? [clientKey, clientCertificate] : [])];
  const named = files.filter((file) => file !== undefined);
  if (!secure || named.length === 0) return () => undefined;
  let taken: string | undefined;
  let suspected: string | undefined;
  let told: string | undefined;

  return pollEvery(lookEveryMs, 'at once', async () => {
    try {
      const [roots, key, chain] = await Promise.all(files.map((file) => contentOf(file?.path)));
      const content = [roots, key, chain].map((part) => part?.toString('latin1') ?? '').join('\0');
      // The first look is at what the connection began with.
      if (taken === undefined || content === taken) {
        taken ??= content;
      } else {
        take(ChannelCredentials.createSsl(roots ?? null, key ?? null, chain ?? null));
        taken = content;
        report.info({}, 'the certificates for the export of telemetry have changed and are in force');
      }
      suspected = told = undefined;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const names = named.map(({ variable, path }) => `${variable} ("${path}")`).join(', ');
      if (suspected === reason && told !== reason) {
        told = reason;
        report.error(
          { reason },
          `one of ${names} cannot be used now (${reason}); what was read before goes on`,
        );
      }
      suspected = reason;
    }
  });
}

async function contentOf(path: string | undefined): Promise<Buffer | undefined> {
  return path === undefined ? undefined : readFile(path);
}
