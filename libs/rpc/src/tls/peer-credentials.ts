import { isIP, type Socket } from 'node:net';
import { connect, createSecureContext, type SecureContext } from 'node:tls';
import { CallCredentials, ChannelCredentials, type experimental } from '@grpc/grpc-js';
import {
  handshakeSentence,
  peerTrouble,
  plaintextSentence,
  silentSentence,
  type PeerTrouble,
} from './peer-trouble.ts';
import type { TlsMaterial, TlsSource } from './tls-source.ts';

type Target = Parameters<ChannelCredentials['_createSecureConnector']>[0];
type Options = Parameters<ChannelCredentials['_createSecureConnector']>[1];

/** What grpc-js says of a connection that was closed before the peer's settings came. */
const closedEarly = 'Failed to connect';
/** The frame that every HTTP/2 server begins with takes at least that. */
const shortestSettingsBytes = 9;

/**
 * How one peer is reached: over TLS with what `tls` has when a connection is made, or without.
 *
 * grpc-js's own credentials read their certificates once, tell nobody why a handshake failed but in the
 * text of a status, and set the server name to an IP address, which Node.js warns of.
 */
export class PeerCredentials extends ChannelCredentials {
  readonly #address: string;
  readonly #tls: TlsSource | undefined;
  readonly #trouble: PeerTrouble;
  #made: { readonly from: TlsMaterial; readonly context: SecureContext } | undefined;

  constructor(address: string, tls: TlsSource | undefined, trouble: PeerTrouble) {
    super();
    this.#address = address;
    this.#tls = tls;
    this.#trouble = trouble;
  }

  override _isSecure(): boolean {
    return this.#tls !== undefined;
  }

  override _equals(other: ChannelCredentials): boolean {
    return this === other;
  }

  override _createSecureConnector(
    _target: Target,
    options: Options,
    callCredentials: CallCredentials = CallCredentials.createEmpty(),
  ): experimental.SecureConnector {
    const tls = this.#tls;
    const name = options['grpc.ssl_target_name_override'] ?? hostOf(this.#address);
    return {
      connect: async (socket) => {
        if (tls !== undefined) return { socket: await this.#secured(socket, name, tls), secure: true };
        socket.once('close', () => {
          if (socket.bytesRead < shortestSettingsBytes)
            this.#trouble.met(plaintextSentence(this.#address), closedEarly);
          else this.#trouble.over();
        });
        return { socket, secure: false };
      },
      waitForReady: () => Promise.resolve(),
      getCallCredentials: () => callCredentials,
      destroy: () => undefined,
    };
  }

  #secured(socket: Socket, name: string, tls: TlsSource): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const secured = connect({
        socket,
        secureContext: this.#context(tls.current),
        ALPNProtocols: ['h2'],
        // The name that the certificate is held against; as a server name only a host's is allowed.
        host: name,
        ...(isIP(name) === 0 ? { servername: name } : {}),
      });
      let through = false;
      secured.once('secureConnect', () => {
        through = true;
        this.#trouble.over();
        resolve(secured);
      });
      // Some look at the client's certificate after the handshake, and say nothing of what they find.
      secured.once('close', () => {
        if (through && secured.bytesRead < shortestSettingsBytes)
          this.#trouble.met(
            silentSentence(this.#address, tls.current.certificate !== undefined),
            closedEarly,
          );
      });
      secured.on('error', (error: NodeJS.ErrnoException) => {
        // A server of TLS 1.3 refuses a client only after that one is through with its part; what else
        // ends a connection later says nothing of TLS.
        if (!through || error.code?.startsWith('ERR_SSL_') === true)
          this.#trouble.met(handshakeSentence(this.#address, error), error.message.trim());
        reject(error);
      });
    });
  }

  #context(material: TlsMaterial): SecureContext {
    if (this.#made?.from !== material) {
      const { certificate, key, authorities } = material;
      this.#made = {
        from: material,
        context: createSecureContext({
          ...(certificate === undefined ? {} : { cert: certificate }),
          ...(key === undefined ? {} : { key }),
          ...(authorities === undefined ? {} : { ca: authorities }),
        }),
      };
    }
    return this.#made.context;
  }
}

/** Credentials for a channel of grpc-js's own to a peer, for what makes calls without `createRpcClient`. */
export function peerCredentials(address: string, tls?: TlsSource): ChannelCredentials {
  return new PeerCredentials(address, tls, peerTrouble());
}

/** The host of `host:port`, of `[::1]:port` and of either behind a scheme of grpc-js. */
function hostOf(address: string): string {
  const target = address.replace(/^(?:dns|ipv4|ipv6):(?:\/\/[^/]*\/)?/, '');
  return target.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
}
