import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cliRun } from './cli-run.ts';

const folder = mkdtempSync(join(tmpdir(), 'ryz-certs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const made = (name: string): X509Certificate => new X509Certificate(readFileSync(join(folder, name)));
const mode = (name: string): number => statSync(join(folder, name)).mode & 0o777;
const services = ['api-server', 'gpu-coordinator', 'inference-engine', 'otel-collector', 'client'];

it('makes an authority and a certificate for each service, which openssl accepts', async () => {
  const run = await cliRun([
    'certs',
    '--out',
    folder,
    '--names',
    'mesh.example,10.0.0.7',
    '--names',
    'other',
  ]);
  expect(run).toMatchObject({ code: 0, stderr: '' });
  expect(run.stdout).toMatch(/Made the authority .*ca\.pem/);
  expect(run.stdout).toContain('RYZ_TLS_CLIENT_CA_FILE');
  for (const name of services) {
    const checked = execFileSync('openssl', [
      ...['verify', '-x509_strict', '-purpose', 'sslserver', '-CAfile', join(folder, 'ca.pem')],
      ...['-verify_hostname', name, join(folder, `${name}.pem`)],
    ]);
    expect(checked.toString()).toMatch(/: OK\n$/);
    expect(made(`${name}.pem`).subjectAltName).toBe(
      `DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, DNS:${name}, DNS:mesh.example, IP Address:10.0.0.7, DNS:other`,
    );
    expect(mode(`${name}-key.pem`)).toBe(0o600);
    const days = (made(`${name}.pem`).validToDate.getTime() - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(29.9);
    expect(days).toBeLessThanOrEqual(30);
  }
  expect(mode('ca-key.pem')).toBe(0o600);
});

it('run again it renews what the authority signed, and keeps the authority', async () => {
  const [authority, before] = [made('ca.pem'), made('client.pem')];
  chmodSync(join(folder, 'client-key.pem'), 0o400);
  const run = await cliRun(['certs', '--out', folder, '--days', '7', '--shared-keys']);
  expect(run).toMatchObject({ code: 0, stderr: '' });
  expect(run.stdout).toMatch(/Kept the authority/);
  const after = made('client.pem');
  expect(made('ca.pem').fingerprint256).toBe(authority.fingerprint256);
  expect(after.serialNumber).not.toBe(before.serialNumber);
  expect(after.verify(authority.publicKey)).toBe(true);
  expect(mode('client-key.pem')).toBe(0o644);
  expect(mode('ca-key.pem')).toBe(0o600);
});

it.each([
  ['ca-key.pem', 'garbage', /cannot be used .*delete both/],
  ['ca-key.pem', undefined, /only one of ca\.pem and ca-key\.pem/],
])('says what is wrong with the authority that is there: %s %s', async (name, content, sentence) => {
  const path = join(folder, name);
  if (content === undefined) rmSync(path);
  else writeFileSync(path, content);
  const run = await cliRun(['certs', '--out', folder]);
  expect(run.code).toBe(1);
  expect(run.stderr).toMatch(sentence);
});

it('refuses names that nobody can have', async () => {
  const run = await cliRun(['certs', '--out', folder, '--names', 'a b']);
  expect(run.code).toBe(2);
  expect(run.stderr).toContain('host names or IP addresses');
});
