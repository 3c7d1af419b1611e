import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { llmService } from '@ryzanstein/contracts';
import { createRpcClient } from '@ryzanstein/rpc';
import { chatTree } from '../mesh/chat-tree.ts';
import { asking, caller, failure } from '../mesh/mesh-under-test.ts';
import { outline, storedSpans, until } from '../mesh/stored-trace.ts';
import { composeProject } from './compose-project.ts';

const bin = new URL('../../tools/cli/bin/ryz.js', import.meta.url).pathname;

test('with certificates of ryz certs, the mesh and its telemetry travel over TLS, and not without', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ryzanstein-tls-'));
  const certs = join(folder, 'certs');
  execFileSync(process.execPath, [bin, 'certs', '--shared-keys', '--out', certs], { stdio: 'ignore' });
  process.env.RYZ_CERTIFICATES = certs;
  process.env.RYZ_COLLECTOR_PROFILE = 'gateway-light';
  // There is no Elasticsearch in it, and so no user of it.
  const security = process.env.RYZ_ES_SECURITY;
  process.env.RYZ_ES_SECURITY = 'off';
  const project = await composeProject(`ryzanstein-tls-${randomBytes(3).toString('hex')}`, [
    'deploy/docker-compose.light.yaml',
    'deploy/docker-compose.tls.yaml',
  ]);
  try {
    await project.compose('up', '--detach', '--wait', '--wait-timeout', '200');
    const address = `127.0.0.1:${project.ports.RYZ_API_PORT}`;
    const pem = (name: string): string => readFileSync(join(certs, `${name}.pem`), 'utf8');
    const current = { authorities: pem('ca'), certificate: pem('client'), key: pem('client-key') };
    const stranger = createRpcClient(llmService, address);
    expect((await failure(stranger.Chat(asking('Hello')))).message).toMatch(/wants TLS/);
    stranger.close();
    const client = createRpcClient(llmService, address, {
      tls: { current, onChange: () => () => undefined },
    });
    const from = caller();
    await client.Chat(asking('What is a span?'), { metadata: { traceparent: from.traceparent } });
    client.close();
    const spans = await until(
      () => storedSpans(`127.0.0.1:${project.ports.JAEGER_QUERY_PORT}`, from.traceId),
      (found) => outline(found, from.spanId) === chatTree('Chat'),
      20_000,
    );
    expect(spans).toHaveLength(11);
    const plain = fetch(`http://127.0.0.1:${project.ports.OTLP_HTTP_PORT}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    }).then(({ status }) => status);
    expect(await plain).toBe(400);
  } finally {
    await project.compose('down', '--volumes', '--timeout', '10');
    delete process.env.RYZ_CERTIFICATES;
    delete process.env.RYZ_COLLECTOR_PROFILE;
    if (security === undefined) delete process.env.RYZ_ES_SECURITY;
    else process.env.RYZ_ES_SECURITY = security;
    rmSync(folder, { recursive: true });
  }
});
