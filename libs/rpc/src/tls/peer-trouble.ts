import { RpcError } from '../rpc-error.ts';

/** Why a peer cannot be talked to, though something listens at its address. */
export class HandshakeError extends Error {
  override readonly name = 'HandshakeError';
}

/** True where a call failed because both sides do not agree on TLS: its message says on what, and the mend. */
export function isHandshakeFailure(error: RpcError): boolean {
  return error.cause instanceof HandshakeError;
}

type Cause = NodeJS.ErrnoException & {
  readonly cert?: { readonly subjectaltname?: string; valid_to?: string };
};

const notTrusted = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'INVALID_CA',
  'INVALID_PURPOSE',
]);

/** What a failed handshake with the server at `address` means to the client, as a sentence with the mend. */
export function handshakeSentence(address: string, error: Cause): string {
  const code = error.code ?? '';
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    const names = (error.cert?.subjectaltname ?? 'nobody').replaceAll(/(?:DNS|IP Address):/g, '');
    return `The certificate of ${address} is for ${names}: reach it under one of these names, or give it a certificate with the name that is used.`;
  }
  if (code === 'CERT_HAS_EXPIRED')
    return `The certificate of ${address} has expired: renew it (and set this machine's clock, if it is wrong).`;
  if (code === 'CERT_NOT_YET_VALID')
    return `The certificate of ${address} is not valid yet: one of the two clocks is wrong.`;
  if (notTrusted.has(code))
    return `The certificate of ${address} is signed by none of the authorities that are trusted here: name its authority's file (RYZ_TLS_CA_FILE).`;
  if (/CERTIFICATE_REQUIRED/.test(code) || code === 'ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE')
    return certificateWanted(address);
  if (/ALERT_(?:UNKNOWN_CA|BAD_CERTIFICATE|CERTIFICATE|UNSUPPORTED_CERTIFICATE|DECRYPT_ERROR)/.test(code))
    return refusedSentence(address);
  if (/NO_APPLICATION_PROTOCOL/.test(code))
    return `What listens at ${address} speaks TLS but not gRPC: is it the gRPC address?`;
  if (/WRONG_VERSION_NUMBER|PACKET_LENGTH|RECORD_LAYER|UNEXPECTED_MESSAGE/.test(code))
    return `What listens at ${address} does not speak TLS: reach it without (no --tls, --ca, RYZ_TLS_CA_FILE or RYZ_TLS_PEERS), or give it a certificate (RYZ_TLS_CERT_FILE).`;
  return `The TLS handshake with ${address} failed (${code === '' ? error.message : code}): is it gRPC over TLS that listens there?`;
}

function certificateWanted(address: string): string {
  return `${address} wants a certificate of its clients: name one and its key (RYZ_TLS_CERT_FILE, RYZ_TLS_KEY_FILE).`;
}

function refusedSentence(address: string): string {
  return `${address} refuses the certificate that is shown to it: take one that its authority has signed and that has not expired (RYZ_TLS_CERT_FILE, RYZ_TLS_KEY_FILE).`;
}

/** What it means that a server ended a connection over TLS before it said anything on it. */
export function silentSentence(address: string, showedCertificate: boolean): string {
  return showedCertificate ? refusedSentence(address) : certificateWanted(address);
}

/** What it means that a server without a word closed a connection that was made without TLS. */
export function plaintextSentence(address: string): string {
  return `What listens at ${address} ends connections without a word of gRPC: if it wants TLS, name its authority's file (RYZ_TLS_CA_FILE) or say that it is reached over TLS (RYZ_TLS_PEERS=true).`;
}

/** What is known of the connections to one peer. */
export interface PeerTrouble {
  /** A connection failed so: `said` is what grpc-js will say of it. */
  met(sentence: string, said: string): void;
  over(): void;
  /** The error as the caller should see it. */
  explain(error: RpcError): RpcError;
}

/** grpc-js reports a failed handshake as text in the status of calls; this puts the sentence in its place. */
export function peerTrouble(): PeerTrouble {
  let trouble: { readonly sentence: string; readonly said: string } | undefined;
  return {
    met: (sentence, said) => (trouble = { sentence, said }),
    over: () => (trouble = undefined),
    explain(error) {
      // The peer may have gone since, which grpc-js then says.
      if (trouble === undefined || error.code !== 'UNAVAILABLE' || !error.message.includes(trouble.said))
        return error;
      return new RpcError('UNAVAILABLE', trouble.sentence, { cause: new HandshakeError(error.message) });
    },
  };
}
