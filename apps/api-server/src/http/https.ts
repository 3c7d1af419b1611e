import type { Server } from 'node:http';
import type { SecureContextOptions, TlsOptions } from 'node:tls';
import { Server as TlsServer } from 'node:tls';
import type { TlsSource } from '@ryzanstein/rpc';

/** HTTPS as an edge of HTTP/1.1 begins with. Clients must show a certificate where there are authorities for it. */
export function httpsOptions(tls: TlsSource): TlsOptions {
  const asksClients = tls.current.authorities !== undefined;
  return {
    ...contextOf(tls),
    ALPNProtocols: ['http/1.1'],
    requestCert: asksClients,
    rejectUnauthorized: asksClients,
  };
}

/** Takes what changes for the connections that come then; gives what ends that. */
export function followTls(server: Server, tls: TlsSource): () => void {
  return tls.onChange(() => {
    if (server instanceof TlsServer) server.setSecureContext(contextOf(tls));
  });
}

function contextOf({ current: { certificate, key, authorities } }: TlsSource): SecureContextOptions {
  return { cert: certificate, key, ...(authorities === undefined ? {} : { ca: authorities }) };
}
