import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';

/** Both as PEM. */
export interface KeyAndCertificate {
  readonly key: string;
  readonly certificate: string;
}

/** An authority, and what it signed for localhost. */
export interface TestCertificates {
  /** The authority's own certificate, as PEM. */
  readonly roots: string;
  readonly server: KeyAndCertificate;
  readonly client: KeyAndCertificate;
}

/** Makes an authority of its own at every call, so that one does not know what another signed. */
export function testCertificates(): TestCertificates {
  const authority = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const signed = (name: string): KeyAndCertificate => {
    const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    return {
      key: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      certificate: certificateOf(name, pair.publicKey, authority.privateKey, forLocalhost),
    };
  };
  return {
    roots: certificateOf(authorityName, authority.publicKey, authority.privateKey, forAuthority),
    server: signed('server'),
    client: signed('client'),
  };
}

const authorityName = 'test authority';

// The little of X.509 that a TLS handshake looks at, in DER: each value is a tag, a length and its content.
function der(tag: number, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content);
  const { length } = body;
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), body]);
}

const sequence = (...content: Buffer[]) => der(0x30, ...content);
const identifier = (bytes: string) => der(0x06, Buffer.from(bytes, 'hex'));
const text = (tag: number, value: string) => der(tag, Buffer.from(value));
const bits = (content: Buffer) => der(0x03, Buffer.from([0]), content);
const ecdsaWithSha256 = sequence(identifier('2a8648ce3d040302'));
const nameOf = (name: string) => sequence(der(0x31, sequence(identifier('550403'), text(0x0c, name))));
const trueValue = der(0x01, Buffer.from([0xff]));
const extension = (id: string, ...content: Buffer[]) => sequence(identifier(id), ...content);
// basicConstraints, critical: an authority. subjectAltName: localhost.
const forAuthority = extension('551d13', trueValue, der(0x04, sequence(trueValue)));
const forLocalhost = extension('551d11', der(0x04, sequence(text(0x82, 'localhost'))));

function certificateOf(subject: string, key: KeyObject, signer: KeyObject, use: Buffer): string {
  const described = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ecdsaWithSha256,
    nameOf(authorityName),
    sequence(text(0x17, '200101000000Z'), text(0x17, '491231235959Z')),
    nameOf(subject),
    key.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(use)),
  );
  const whole = sequence(described, ecdsaWithSha256, bits(sign('sha256', described, signer)));
  const lines = whole.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
