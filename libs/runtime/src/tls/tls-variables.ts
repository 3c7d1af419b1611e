import { flag, path } from '../variables.ts';

/** Environment of every process that talks gRPC: what it shows its peers, and whom it trusts. */
export const tlsVariables = {
  tlsCertFile: path('RYZ_TLS_CERT_FILE', {
    optional: true,
    description:
      'PEM file of the certificate that this process shows, followed by those between it and the authority. Set, everything that listens here takes TLS alone. A changed file is in force within 2 s.',
  }),
  tlsKeyFile: path('RYZ_TLS_KEY_FILE', {
    optional: true,
    description: "PEM file of that certificate's key.",
  }),
  tlsCaFile: path('RYZ_TLS_CA_FILE', {
    optional: true,
    description:
      "PEM file of the authorities that may have signed the peers' certificates. Default: those that Node.js knows.",
  }),
  tlsClientCaFile: path('RYZ_TLS_CLIENT_CA_FILE', {
    optional: true,
    description:
      'PEM file of the authorities that may have signed the certificates of clients. Set, whoever shows none of theirs is refused.',
  }),
  tlsPeers: flag('RYZ_TLS_PEERS', {
    optional: true,
    description:
      'Whether this process reaches others over TLS, all of them or none. Default: true where RYZ_TLS_CA_FILE is set.',
  }),
};

/** What `tlsVariables` give. */
export interface TlsConfig {
  readonly tlsCertFile?: string | undefined;
  readonly tlsKeyFile?: string | undefined;
  readonly tlsCaFile?: string | undefined;
  readonly tlsClientCaFile?: string | undefined;
  readonly tlsPeers?: boolean | undefined;
}

/** Whether others are reached over TLS. */
export function reachesOverTls({ tlsPeers, tlsCaFile }: TlsConfig): boolean {
  return tlsPeers ?? tlsCaFile !== undefined;
}
