import { experimental, ServerCredentials } from '@grpc/grpc-js';
import type { TlsSource } from './tls-source.ts';

type Provider = Parameters<typeof experimental.createCertificateProviderServerCredentials>[0];

/**
 * Credentials of a server that shows what `tls` has when a connection is made. Whether clients must show
 * a certificate is decided here and does not change: they must where `tls` has authorities.
 */
export function serverCredentials(tls: TlsSource | undefined): ServerCredentials {
  if (tls === undefined) return ServerCredentials.createInsecure();
  const provider = providerOf(tls);
  const asksClients = tls.current.authorities !== undefined;
  // The parameters' names say the opposite: the first shows the certificate, the second has the authorities.
  return experimental.createCertificateProviderServerCredentials(
    provider,
    asksClients ? provider : null,
    asksClients,
  );
}

// grpc-js listens from the binding of a server to its close, so nothing is left over.
function providerOf(tls: TlsSource): Provider {
  const follow = <Update>(read: () => Update) => {
    const ends = new Map<(update: Update) => void, () => void>();
    return {
      add: (listener: (update: Update) => void): void => {
        const tell = (): void => listener(read());
        ends.set(listener, tls.onChange(tell));
        // Not before grpc-js has this server among those that it tells.
        process.nextTick(tell);
      },
      remove: (listener: (update: Update) => void): void => {
        ends.get(listener)?.();
        ends.delete(listener);
      },
    };
  };
  const authorities = follow(() => ({ caCertificate: Buffer.from(tls.current.authorities ?? '') }));
  const identity = follow(() => ({
    certificate: Buffer.from(tls.current.certificate ?? ''),
    privateKey: Buffer.from(tls.current.key ?? ''),
  }));
  return {
    addCaCertificateListener: authorities.add,
    removeCaCertificateListener: authorities.remove,
    addIdentityCertificateListener: identity.add,
    removeIdentityCertificateListener: identity.remove,
  };
}
