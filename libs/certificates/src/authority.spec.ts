import { createPrivateKey, X509Certificate } from 'node:crypto';
import { createAuthority, openAuthority } from './authority.ts';

const validFrom = new Date('2026-01-01T00:00:00Z');
const validUntil = new Date('2027-01-01T00:00:00Z');
const times = { validFrom, validUntil };
const leaf = { name: 'a service', hosts: ['localhost', '127.0.0.1', '::1'], ...times };

it('signs what names its holder, and what no other authority vouches for', async () => {
  const authority = await createAuthority({ name: 'one, of mine', ...times });
  const other = await createAuthority({ name: 'one, of mine', ...times });
  const { certificate, key } = await authority.sign(leaf);
  const parsed = new X509Certificate(certificate);
  const issuer = new X509Certificate(authority.certificate);
  expect(parsed.subject).toBe('CN=a service');
  expect(issuer.subject).toBe('CN=one\\, of mine');
  expect(issuer.ca).toBe(true);
  expect(parsed.ca).toBe(false);
  expect(parsed.subjectAltName).toBe('DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1');
  expect(parsed.checkIssued(issuer) && parsed.verify(issuer.publicKey)).toBe(true);
  expect(parsed.verify(new X509Certificate(other.certificate).publicKey)).toBe(false);
  expect(parsed.checkPrivateKey(createPrivateKey(key))).toBe(true);
  expect([parsed.validFromDate, parsed.validToDate]).toEqual([validFrom, validUntil]);
  expect(parsed.publicKey.asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' });
});

it('goes on signing after it was read again, each time under another serial number', async () => {
  const made = await createAuthority({ name: 'authority', ...times });
  const read = await openAuthority(made);
  const [one, two] = await Promise.all([read.sign(leaf), read.sign(leaf)]);
  const parsed = new X509Certificate(one.certificate);
  expect(parsed.verify(new X509Certificate(made.certificate).publicKey)).toBe(true);
  expect(parsed.serialNumber).not.toBe(new X509Certificate(two.certificate).serialNumber);
  expect(read.validUntil).toEqual(validUntil);
});

it('refuses a key of another authority', async () => {
  const made = await createAuthority({ name: 'authority', ...times });
  const other = await createAuthority({ name: 'authority', ...times });
  await expect(openAuthority({ ...made, key: other.key })).rejects.toThrow(
    'the key is not that of the certificate',
  );
});
