import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { llmService } from '@ryzanstein/contracts';
import { createRpcClient } from '@ryzanstein/rpc';
import { chatTree } from '../mesh/chat-tree.ts';
import { asking, caller } from '../mesh/mesh-under-test.ts';
import { outline, storedSpans, until } from '../mesh/stored-trace.ts';
import { composeProject } from './compose-project.ts';

/** The commands of deploy/README.md that make the certificates. */
function readmeCommands(): string {
  const page = readFileSync('deploy/README.md', 'utf8');
  const block = /```sh\n(mkdir certificates[\s\S]*?)```/.exec(page)?.[1];
  if (block === undefined) throw new Error('deploy/README.md does not say how to make certificates');
  return block;
}

test('with certificates made as the page says, telemetry travels over TLS, and not without', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ryzanstein-tls-'));
  execFileSync('bash', ['-euc', readmeCommands()], { cwd: folder, stdio: 'ignore' });
  process.env.RYZ_CERTIFICATES = join(folder, 'certificates');
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
    const client = createRpcClient(llmService, `127.0.0.1:${project.ports.RYZ_API_PORT}`);
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
