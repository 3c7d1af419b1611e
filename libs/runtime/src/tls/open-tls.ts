import { X509Certificate } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { ConfigError } from '../config.ts';
import { followFiles } from '../followed-files.ts';
import type { Logger } from '../logger.ts';
import { tlsContents, tlsFiles, tlsProblems, type TlsContents } from './tls-files.ts';
import { reachesOverTls, type TlsConfig } from './tls-variables.ts';

/** What one side of a connection shows and whom it trusts, as PEM. */
export interface TlsMaterial {
  readonly certificate?: string;
  readonly key?: string;
  /** Who may have signed the other side's certificate. */
  readonly authorities?: string;
}

/** Such material, which changes with its files. */
export interface TlsSource {
  /** The same object until it changes. */
  readonly current: TlsMaterial;
  /** Told of each change; gives what ends that. */
  onChange(listener: () => void): () => void;
}

/** How a process listens, and how it reaches others. */
export interface OpenTls {
  /** Absent where it listens without TLS. Its authorities are those of clients: where there are any, each client must show a certificate. */
  readonly server?: TlsSource;
  /** Absent where it reaches others without TLS. */
  readonly client?: TlsSource;
  /** Looks at the files now, beside the looks that come by themselves. */
  look(): Promise<void>;
  /** Follows the files no more. */
  close(): void;
}

/**
 * Opens the files that a configuration names and follows them while the process runs. A pair that does
 * not fit for a moment, because it is being replaced, changes nothing; one that lasts is logged once.
 *
 * @throws ConfigError listing all problems
 */
export function openTls(
  config: TlsConfig,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): OpenTls {
  const problems = tlsProblems(config);
  if (problems.length > 0) throw new ConfigError(problems);
  const listeners = new Set<() => void>();
  const files = tlsFiles(config);
  let server: TlsMaterial = {};
  let client: TlsMaterial = {};
  const source = (current: () => TlsMaterial): TlsSource => ({
    get current() {
      return current();
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  });

  const followed = followFiles({
    files: files.map(({ path }) => path),
    clock,
    take(contents) {
      const taken = tlsContents(files, contents);
      ({ server, client } = sides(taken));
      for (const listener of listeners) listener();
    },
    onChange: () => logger.info({}, `the files of TLS have changed and are in force${untilText(server)}`),
    onTrouble: (sentence) =>
      logger.error({}, `TLS goes on with what it had before, because its files are wrong now: ${sentence}`),
  });
  if (expired(server))
    logger.warn({}, `the certificate in RYZ_TLS_CERT_FILE has expired${untilText(server)}`);
  return {
    ...(config.tlsCertFile === undefined ? {} : { server: source(() => server) }),
    ...(reachesOverTls(config) ? { client: source(() => client) } : {}),
    look: () => followed.look(),
    close: () => followed.stop(),
  };
}

function sides(contents: TlsContents): { server: TlsMaterial; client: TlsMaterial } {
  const { certificate, key, authorities, clientAuthorities } = contents;
  const shown = certificate === undefined || key === undefined ? {} : { certificate, key };
  return {
    server: { ...shown, ...(clientAuthorities === undefined ? {} : { authorities: clientAuthorities }) },
    client: { ...shown, ...(authorities === undefined ? {} : { authorities }) },
  };
}

function untilText({ certificate }: TlsMaterial): string {
  if (certificate === undefined) return '';
  return `; this process's certificate is valid until ${new X509Certificate(certificate).validToDate.toISOString()}`;
}

function expired({ certificate }: TlsMaterial): boolean {
  return certificate !== undefined && new X509Certificate(certificate).validToDate.getTime() < Date.now();
}
