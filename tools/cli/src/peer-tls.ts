import type { TlsSource } from '@ryzanstein/rpc';
import {
  ConfigError,
  openTls,
  readConfig,
  silentLogger,
  systemClock,
  tlsVariables,
  type TlsConfig,
} from '@ryzanstein/runtime';
import type { Command } from 'commander';
import { CommandFailure, type CliIo } from './cli-io.ts';

/** The options of every command that talks to the mesh over gRPC. */
export interface TlsOptions {
  readonly tls?: boolean;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** Adds `--tls`, `--ca`, `--cert` and `--key`. */
export function addTlsOptions(command: Command): void {
  command
    .option('--tls', 'reach it over TLS (env: RYZ_TLS_PEERS=true)')
    .option('--ca <file>', 'the same, trusting the authorities in this PEM file (env: RYZ_TLS_CA_FILE)')
    .option('--cert <file>', 'certificate to show (env: RYZ_TLS_CERT_FILE)')
    .option('--key <file>', 'its key (env: RYZ_TLS_KEY_FILE)');
}

/**
 * How a command reaches the mesh; undefined without TLS.
 *
 * @throws CommandFailure listing what is wrong with the files
 */
export function peerTls(options: TlsOptions, { env }: Pick<CliIo, 'env'>): TlsSource | undefined {
  try {
    const given = readConfig(tlsVariables, env);
    const config: TlsConfig = {
      tlsCertFile: options.cert ?? given.tlsCertFile,
      tlsKeyFile: options.key ?? given.tlsKeyFile,
      tlsCaFile: options.ca ?? given.tlsCaFile,
      tlsPeers: options.tls === true || options.ca !== undefined ? true : given.tlsPeers,
    };
    const opened = openTls(config, { clock: systemClock, logger: silentLogger });
    // A command is over before its files change.
    opened.close();
    return opened.client;
  } catch (error) {
    if (error instanceof ConfigError)
      throw new CommandFailure(error.problems.join('\n'), 2, { cause: error });
    throw error;
  }
}
