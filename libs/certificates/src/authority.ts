// What the library's parts find each other by; it has to be there before them.
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  randomBytes,
  webcrypto,
  X509Certificate,
} from 'node:crypto';
import { isIP } from 'node:net';

/** Both as PEM. */
export interface KeyAndCertificate {
  readonly key: string;
  readonly certificate: string;
}

export interface LeafOptions {
  /** Its common name, for people. */
  readonly name: string;
  /** Host names and IP addresses at which its holder is reached. */
  readonly hosts: readonly string[];
  readonly validFrom: Date;
  readonly validUntil: Date;
}

/** What signs certificates that all who trust it accept. */
export interface Authority extends KeyAndCertificate {
  readonly validUntil: Date;
  /** A new key and its certificate, good for both ends of a connection. */
  sign(leaf: LeafOptions): Promise<KeyAndCertificate>;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const usages: webcrypto.KeyUsage[] = ['sign', 'verify'];

/** Makes an authority of its own at every call, so that one does not know what another signed. */
export async function createAuthority(options: Omit<LeafOptions, 'hosts'>): Promise<Authority> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, usages);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      ...describe(options),
      keys,
      signingAlgorithm: algorithm,
      extensions: [
        // It signs leaves alone, no further authorities.
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        keyIdentifier(await rawKey(keys.publicKey)),
      ],
    },
    webcrypto,
  );
  return authorityOf(await pemOfKey(keys.privateKey), pemOf(certificate), keys.privateKey);
}

/**
 * The authority that `createAuthority` made before.
 *
 * @throws Error with a sentence where the key is not that of the certificate
 */
export async function openAuthority({ key, certificate }: KeyAndCertificate): Promise<Authority> {
  const parsed = new X509Certificate(certificate);
  if (!parsed.checkPrivateKey(createPrivateKey(key)))
    throw new Error('the key is not that of the certificate');
  if (!parsed.ca) throw new Error('the certificate is not that of an authority');
  const der = createPrivateKey(key).export({ type: 'pkcs8', format: 'der' });
  return authorityOf(
    key,
    certificate,
    await webcrypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign']),
  );
}

function authorityOf(key: string, certificate: string, signingKey: webcrypto.CryptoKey): Authority {
  const issuer = new x509.X509Certificate(certificate);
  return {
    key,
    certificate,
    validUntil: issuer.notAfter,
    async sign(leaf) {
      const keys = await webcrypto.subtle.generateKey(algorithm, true, usages);
      const signed = await x509.X509CertificateGenerator.create(
        {
          ...describe(leaf),
          subject: nameOf(leaf.name),
          issuer: issuer.subjectName,
          publicKey: keys.publicKey,
          signingKey,
          signingAlgorithm: algorithm,
          extensions: [
            new x509.BasicConstraintsExtension(false, undefined, true),
            new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
            new x509.ExtendedKeyUsageExtension([
              x509.ExtendedKeyUsage.serverAuth,
              x509.ExtendedKeyUsage.clientAuth,
            ]),
            new x509.SubjectAlternativeNameExtension(leaf.hosts.map(alternativeName)),
            keyIdentifier(await rawKey(keys.publicKey)),
            new x509.AuthorityKeyIdentifierExtension(
              identifierOf(createPublicKey(certificate).export({ type: 'spki', format: 'der' })),
            ),
          ],
        },
        webcrypto,
      );
      return { key: await pemOfKey(keys.privateKey), certificate: pemOf(signed) };
    },
  };
}

function describe({ name, validFrom, validUntil }: Omit<LeafOptions, 'hosts'>) {
  // Positive, and unlike any other: what was signed before must not be taken for it.
  const serial = randomBytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  return {
    serialNumber: serial.toString('hex'),
    name: nameOf(name),
    notBefore: validFrom,
    notAfter: validUntil,
  };
}

// As parts and not as text, in which commas and the like would have a meaning.
function nameOf(name: string): x509.Name {
  return new x509.Name([{ CN: [name] }]);
}

function alternativeName(host: string): x509.JsonGeneralName {
  return isIP(host) === 0 ? { type: 'dns', value: host } : { type: 'ip', value: host };
}

async function rawKey(key: webcrypto.CryptoKey): Promise<Buffer> {
  return Buffer.from(await webcrypto.subtle.exportKey('spki', key));
}

// Any name will do that differs from key to key; the first 160 bits of the hash are RFC 7093's.
function identifierOf(spki: Buffer): string {
  return createHash('sha256').update(spki).digest('hex').slice(0, 40);
}

function keyIdentifier(spki: Buffer): x509.SubjectKeyIdentifierExtension {
  return new x509.SubjectKeyIdentifierExtension(identifierOf(spki));
}

async function pemOfKey(key: webcrypto.CryptoKey): Promise<string> {
  return pem(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');
}

function pemOf(certificate: x509.X509Certificate): string {
  return pem(certificate.rawData, 'CERTIFICATE');
}

function pem(data: ArrayBuffer, label: string): string {
  return `${x509.PemConverter.encode(data, label)}\n`;
}
