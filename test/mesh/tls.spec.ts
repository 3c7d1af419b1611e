import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { testCertificates, type KeyAndCertificate } from '@ryzanstein/testing';
import { chatTree } from './chat-tree.ts';
import { asking, caller, failure, meshUnderTest, type MeshUnderTest } from './mesh-under-test.ts';
import { until } from './stored-trace.ts';

const certificates = await testCertificates();
const folder = mkdtempSync(join(tmpdir(), 'ryz-mesh-tls-'));
const file = (name: string): string => join(folder, name);

function put(pair: KeyAndCertificate): void {
  for (const [name, content] of [
    ['service-key.pem', pair.key],
    ['service.pem', pair.certificate],
  ] as const) {
    writeFileSync(file('new'), content);
    renameSync(file('new'), file(name));
  }
}

const material = {
  authorities: certificates.roots,
  certificate: certificates.client.certificate,
  key: certificates.client.key,
};
const logs: string[] = [];
let under: MeshUnderTest;

beforeAll(async () => {
  put(certificates.server);
  writeFileSync(file('ca.pem'), certificates.roots);
  under = await meshUnderTest(
    {
      env: {
        RYZ_TLS_CERT_FILE: file('service.pem'),
        RYZ_TLS_KEY_FILE: file('service-key.pem'),
        RYZ_TLS_CA_FILE: file('ca.pem'),
        RYZ_TLS_CLIENT_CA_FILE: file('ca.pem'),
      },
      logs: (name, line) => logs.push(`${name} ${line}`),
    },
    { current: material, onChange: () => () => undefined },
  );
}, 60_000);
afterAll(async () => {
  await under.stop();
  rmSync(folder, { recursive: true, force: true });
});

it('a chat goes through a mesh that asks everybody for a certificate, with its whole trace', async () => {
  const from = caller();
  const { text } = await under.chat(asking('What is a span?'), {
    metadata: { traceparent: from.traceparent },
  });
  expect(text).not.toBe('');
  expect(await under.trace(from, chatTree('ChatStream'))).toHaveLength(11);
});

it('the HTTP edge takes HTTPS, from who shows a certificate', async () => {
  expect(await models(material)).toBe(200);
  await expect(models({ authorities: certificates.roots })).rejects.toThrow(
    /certificate required|ECONNRESET|hang up/,
  );
});

it('who shows none, or comes without TLS, is told what to do, and the server says who it was', async () => {
  const { mesh } = under;
  const { createRpcClient } = await import('@ryzanstein/rpc');
  const { llmService } = await import('@ryzanstein/contracts');
  for (const [tls, sentence] of [
    [undefined, /if it wants TLS, name its authority's file/],
    [{ authorities: certificates.roots }, /wants a certificate of its clients/],
  ] as const) {
    const client = createRpcClient(llmService, mesh.addresses.api.grpc, {
      ...(tls === undefined ? {} : { tls: { current: tls, onChange: () => () => undefined } }),
    });
    const { code, message } = await failure(client.Chat(asking('Hello')));
    client.close();
    expect(code).toBe('UNAVAILABLE');
    expect(message).toMatch(sentence);
  }
  const told = () => logs.filter((line) => /^api-server .*127\.0\.0\.1 did not get through/.test(line));
  await until(
    async () => told(),
    (lines) => lines.length >= 2,
    5_000,
  );
});

it('a renewed certificate is in force within two seconds, and the streams that run go on', async () => {
  const renewed = await certificates.sign();
  const stream = under.client.ChatStream(asking('Count.', { maxTokens: 400 }), { timeoutMs: 60_000 });
  const chunks = stream[Symbol.asyncIterator]();
  await chunks.next();
  put(renewed);
  const changedAt = performance.now();
  const { serialNumber } = new X509Certificate(renewed.certificate);
  for (const at of [
    under.mesh.addresses.api.grpc,
    under.mesh.addresses.api.http,
    under.mesh.addresses.gpu.grpc,
  ])
    await until(
      () => serialAt(at),
      (serial) => serial === serialNumber,
      4_000,
    );
  expect(performance.now() - changedAt).toBeLessThan(2_500);
  let last = await chunks.next();
  while (last.done !== true) last = await chunks.next();
  await under.chat(asking('What is a span?'));
  expect(logs.filter((line) => /"level":"(error|fatal)"/.test(line))).toEqual([]);
});

async function serialAt(address: string): Promise<string> {
  const [host, port] = address.split(':');
  const socket = connect({
    host,
    port: Number(port),
    ca: certificates.roots,
    cert: certificates.client.certificate,
    key: certificates.client.key,
    ALPNProtocols: ['h2', 'http/1.1'],
  });
  await once(socket, 'secureConnect');
  const { serialNumber } = socket.getPeerCertificate();
  socket.destroy();
  return serialNumber;
}

function models(tls: {
  authorities: string;
  certificate?: string;
  key?: string;
}): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const [host, port] = under.mesh.addresses.api.http.split(':');
    request(
      {
        host,
        port,
        path: '/v1/models',
        ca: tls.authorities,
        cert: tls.certificate,
        key: tls.key,
        agent: false,
      },
      (response) => {
        response.resume();
        response.on('end', () => resolve(response.statusCode));
      },
    )
      .on('error', reject)
      .end();
  });
}
