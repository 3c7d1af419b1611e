import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeClock, testCertificates } from '@ryzanstein/testing';
import { ConfigError, readConfig } from '../config.ts';
import { silentLogger } from '../logger.ts';
import { openTls } from './open-tls.ts';
import { tlsProblems } from './tls-files.ts';
import { tlsVariables } from './tls-variables.ts';

const certificates = await testCertificates();
const others = await testCertificates();
const folder = mkdtempSync(join(tmpdir(), 'ryz-tls-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function put(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const ca = put('ca.pem', certificates.roots);
const cert = put('cert.pem', certificates.server.certificate);
const key = put('key.pem', certificates.server.key);
const otherKey = put('other-key.pem', others.server.key);
const noise = put('noise.pem', 'hello');

function problems(env: Record<string, string>): readonly string[] {
  try {
    readConfig(tlsVariables, env, tlsProblems);
  } catch (error) {
    return (error as ConfigError).problems;
  }
  return [];
}

it.each<[string, Record<string, string>, readonly RegExp[]]>([
  ['nothing', {}, []],
  ['a whole set', { CERT: cert, KEY: key, CA: ca, CLIENT_CA: ca }, []],
  ['a certificate alone', { CERT: cert }, [/RYZ_TLS_CERT_FILE=.*cert\.pem is set without RYZ_TLS_KEY_FILE/]],
  ['a key alone', { KEY: key }, [/RYZ_TLS_KEY_FILE=.*key\.pem is set without RYZ_TLS_CERT_FILE/]],
  [
    'authorities of clients alone',
    { CLIENT_CA: ca },
    [/RYZ_TLS_CLIENT_CA_FILE=.*ca\.pem is set without RYZ_TLS_CERT_FILE/],
  ],
  [
    'a key of another certificate',
    { CERT: cert, KEY: otherKey },
    [/RYZ_TLS_KEY_FILE=.*other-key\.pem is not the key of the certificate in RYZ_TLS_CERT_FILE=.*cert\.pem/],
  ],
  [
    'several at once',
    { CERT: join(folder, 'none.pem'), KEY: noise, CA: noise },
    [
      /RYZ_TLS_CERT_FILE=.*none\.pem cannot be read \(ENOENT\)/,
      /RYZ_TLS_KEY_FILE=.*noise\.pem holds no key/,
      /RYZ_TLS_CA_FILE=.*noise\.pem holds no certificate/,
    ],
  ],
])('finds what is wrong with %s', (_, files, sentences) => {
  const env = Object.fromEntries(Object.entries(files).map(([name, path]) => [`RYZ_TLS_${name}_FILE`, path]));
  expect(problems(env)).toEqual(sentences.map((sentence) => expect.stringMatching(sentence) as unknown));
  if (sentences.length > 0)
    expect(() =>
      openTls(readConfig(tlsVariables, env), { clock: new FakeClock(), logger: silentLogger }),
    ).toThrow(ConfigError);
});

it.each([
  [{}, false, false],
  [{ RYZ_TLS_CERT_FILE: cert, RYZ_TLS_KEY_FILE: key }, true, false],
  [{ RYZ_TLS_CA_FILE: ca }, false, true],
  [{ RYZ_TLS_PEERS: 'true' }, false, true],
  [{ RYZ_TLS_CA_FILE: ca, RYZ_TLS_PEERS: 'false' }, false, false],
])('%j: a server has TLS: %s, peers are reached over it: %s', (env, server, client) => {
  const tls = openTls(readConfig(tlsVariables, env), { clock: new FakeClock(), logger: silentLogger });
  tls.close();
  expect([tls.server !== undefined, tls.client !== undefined]).toEqual([server, client]);
});

it('takes a new pair once both files fit, and says once what does not fit for long', async () => {
  const lines: string[] = [];
  const log = (_: object, message?: string): number => lines.push(message ?? '');
  const [mineCert, mineKey] = [
    put('m.pem', certificates.server.certificate),
    put('mk.pem', certificates.server.key),
  ];
  const tls = openTls(
    { tlsCertFile: mineCert, tlsKeyFile: mineKey, tlsClientCaFile: ca },
    { clock: new FakeClock(), logger: { ...silentLogger, info: log, warn: log, error: log } },
  );
  let changes = 0;
  const leave = tls.server?.onChange(() => (changes += 1));
  const before = tls.server?.current;
  expect(before).toEqual({ ...certificates.server, authorities: certificates.roots });
  put('mk.pem', others.server.key);
  await tls.look();
  expect([tls.server?.current === before, changes, lines.length]).toEqual([true, 0, 0]);
  for (let again = 0; again < 3; again += 1) await tls.look();
  expect(lines).toEqual([
    expect.stringMatching(/TLS goes on with what it had .*RYZ_TLS_KEY_FILE=.*mk\.pem is not the key/),
  ]);
  put('m.pem', others.server.certificate);
  await tls.look();
  expect(tls.server?.current).toEqual({ ...others.server, authorities: certificates.roots });
  expect(changes).toBe(1);
  expect(lines[1]).toMatch(/have changed and are in force; this process's certificate is valid until 20/);
  leave?.();
  tls.close();
});
