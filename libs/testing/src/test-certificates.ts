import { createAuthority, type KeyAndCertificate } from '@ryzanstein/certificates';

export type { KeyAndCertificate };

/** An authority, and what it signed for localhost. */
export interface TestCertificates {
  /** The authority's own certificate, as PEM. */
  readonly roots: string;
  readonly server: KeyAndCertificate;
  readonly client: KeyAndCertificate;
  /** One more for localhost, or for other hosts; one that has expired where that is wished. */
  sign(wishes?: { hosts?: readonly string[]; expired?: boolean }): Promise<KeyAndCertificate>;
}

const dayMs = 86_400_000;
const localhost = ['localhost', '127.0.0.1', '::1'];

/** Makes an authority of its own at every call, so that one does not know what another signed. */
export async function testCertificates(): Promise<TestCertificates> {
  const now = Date.now();
  const validFrom = new Date(now - 2 * dayMs);
  const authority = await createAuthority({
    name: 'test authority',
    validFrom,
    validUntil: new Date(now + dayMs),
  });
  const sign: TestCertificates['sign'] = ({ hosts = localhost, expired = false } = {}) =>
    authority.sign({
      name: 'test',
      hosts,
      validFrom,
      validUntil: new Date(now + (expired ? -dayMs : dayMs)),
    });
  return { roots: authority.certificate, server: await sign(), client: await sign(), sign };
}
