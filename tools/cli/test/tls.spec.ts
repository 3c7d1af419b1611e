import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testCertificates } from '@ryzanstein/testing';
import { cliRun } from './cli-run.ts';
import { startFakeApi, type FakeApi } from './fake-api.ts';

const certificates = await testCertificates();
const folder = mkdtempSync(join(tmpdir(), 'ryz-cli-tls-'));
const put = (name: string, content: string): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};
const ca = put('ca.pem', certificates.roots);
const cert = put('client.pem', certificates.client.certificate);
const key = put('client-key.pem', certificates.client.key);
let api: FakeApi;

beforeAll(async () => {
  api = await startFakeApi({
    current: { ...certificates.server, authorities: certificates.roots },
    onChange: () => () => undefined,
  });
});
afterAll(async () => {
  await api.close();
  rmSync(folder, { recursive: true });
});

const chat = (args: readonly string[], env: Record<string, string> = {}) =>
  cliRun(['chat', 'Hello', '--address', api.address, ...args], { env });

it('reaches a mesh that wants certificates, by options or by the variables of the mesh', async () => {
  expect(await chat(['--ca', ca, '--cert', cert, '--key', key])).toMatchObject({ code: 0 });
  const env = { RYZ_TLS_CA_FILE: ca, RYZ_TLS_CERT_FILE: cert, RYZ_TLS_KEY_FILE: key };
  expect(await chat([], env)).toMatchObject({ code: 0, stdout: 'A span is time.\n' });
});

it.each<[string, readonly string[], RegExp]>([
  ['no TLS', [], /without a word of gRPC: if it wants TLS/],
  ['no certificate of its own', ['--ca', ca], /wants a certificate of its clients: name one and its key/],
  ["the system's authorities", ['--tls'], /signed by none of the authorities that are trusted here/],
])('says what is missing with %s', async (_, args, sentence) => {
  const run = await chat(args);
  expect(run.code).toBe(1);
  expect(run.stderr).toMatch(sentence);
  expect(run.stderr).not.toMatch(/npm start|SSL routines|\n\s+at /);
});

it('lists what is wrong with the files', async () => {
  const run = await chat(['--ca', join(folder, 'none.pem'), '--cert', cert]);
  expect(run.code).toBe(2);
  expect(run.stderr).toMatch(/none\.pem cannot be read/);
  expect(run.stderr).toMatch(/RYZ_TLS_CERT_FILE=.*client\.pem is set without RYZ_TLS_KEY_FILE/);
});
