import type { Server as NetServer, Socket } from 'node:net';
import type { RpcLogger } from '../server/call-context.ts';

const sameAgainMs = 60_000;
/** Peers that are remembered; beyond it the oldest may be told of again. */
const mostPeers = 256;

/** The part of a server that tells of handshakes: `tls.Server`, `https.Server`, those of HTTP/2. */
export type HandshakingServer = Pick<NetServer, 'on'>;

/**
 * Logs why clients do not get through to a server: one line for each peer and reason in a minute, with how
 * often it was met since the last.
 */
export function logHandshakes(
  server: HandshakingServer,
  { logger, nowMs = () => performance.now() }: { logger: RpcLogger; nowMs?: () => number },
): void {
  const told = new Map<string, { atMs: number; more: number }>();
  const tell = (peer: string, reason: string): void => {
    const key = `${peer} ${reason}`;
    const before = told.get(key);
    const now = nowMs();
    if (before !== undefined && now - before.atMs < sameAgainMs) {
      before.more += 1;
      return;
    }
    told.delete(key);
    told.set(key, { atMs: now, more: 0 });
    for (const oldest of told.keys()) {
      if (told.size <= mostPeers) break;
      told.delete(oldest);
    }
    const again = before !== undefined && before.more > 0 ? ` (and ${before.more} times more before)` : '';
    logger.warn({ peer }, `a client at ${peer} did not get through: ${reason}${again}`);
  };
  const on = server.on.bind(server) as (event: string, listener: (...of: never[]) => void) => void;
  // Once it is closed a socket knows its peer only if it was asked before.
  on('connection', (socket: Socket) => void socket.remoteAddress);
  on('tlsClientError', (error: NodeJS.ErrnoException, socket: FailedSocket) => {
    const peer = socket.remoteAddress ?? socket._parent?.remoteAddress ?? 'an unknown address';
    tell(peer, handshakeReason(error, socket.authorizationError));
  });
  const peers = new WeakMap<object, string | undefined>();
  on('session', (session: { readonly socket: Socket }) => peers.set(session, session.socket.remoteAddress));
  on('sessionError', (error: NodeJS.ErrnoException, session: object) => {
    if (/bad client magic/i.test(error.message))
      tell(
        peers.get(session) ?? 'an unknown address',
        'it does not speak gRPC, or wants TLS where this server has none',
      );
  });
}

interface FailedSocket extends Socket {
  /** The connection below, which knows its peer for longer. */
  readonly _parent?: Socket;
  /** Why the client's certificate was refused, as a code. */
  readonly authorizationError?: string;
}

/** Why a handshake failed, as the end of a sentence. */
function handshakeReason({ code = '', message }: NodeJS.ErrnoException, refusal?: string): string {
  if (refusal === 'CERT_HAS_EXPIRED') return 'its certificate has expired; it needs a new one';
  if (typeof refusal === 'string' && refusal !== '')
    return `none of the authorities in RYZ_TLS_CLIENT_CA_FILE has signed its certificate (${refusal}); it needs one of theirs`;
  if (/HTTP_REQUEST|WRONG_VERSION_NUMBER|UNEXPECTED_MESSAGE|PACKET_LENGTH/.test(code))
    return 'it does not speak TLS; it has to reach this server over TLS (RYZ_TLS_CA_FILE or RYZ_TLS_PEERS there)';
  if (code === 'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE')
    return 'it shows no certificate, and RYZ_TLS_CLIENT_CA_FILE wants one; it needs RYZ_TLS_CERT_FILE and RYZ_TLS_KEY_FILE';
  if (/ALERT_(?:UNKNOWN_CA|BAD_CERTIFICATE|CERTIFICATE)/.test(code))
    return `it does not accept the certificate of this server (${code}); it needs its authority in RYZ_TLS_CA_FILE`;
  if (/NO_APPLICATION_PROTOCOL/.test(code))
    return 'it wants another protocol over TLS than the one that is spoken here';
  // What a client does that finds the certificate wrong, and a port scan, too.
  if (code === 'ECONNRESET')
    return 'it left during the handshake, as one does that does not trust the certificate';
  return `the TLS handshake failed (${code === '' ? message : code})`;
}
