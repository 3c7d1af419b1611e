import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { llmService } from '@ryzanstein/contracts';
import { createRpcClient } from '@ryzanstein/rpc';
import { obtainPrograms } from '@ryzanstein/stack';
import { chatTree } from '../mesh/chat-tree.ts';
import { asking, caller, failure, type Caller } from '../mesh/mesh-under-test.ts';
import { outline, storedSpans, until } from '../mesh/stored-trace.ts';
import { composeProject, type ComposeProject } from './compose-project.ts';

const run = promisify(execFile);
const here = process.env.RYZ_ES_SECURITY === 'off'; // without Grafana, Kibana and Elasticsearch's users
const name = `ryzanstein-test-${randomBytes(3).toString('hex')}`;

let project: ComposeProject;
let client: ReturnType<typeof connect>;

function connect(port: number) {
  return createRpcClient(llmService, `127.0.0.1:${port}`);
}

beforeAll(async () => {
  project = await composeProject(name, [
    'docker-compose.yaml',
    ...(here ? ['test/compose/docker-compose.ci.yaml'] : []),
  ]);
  await project.compose('build', '--quiet');
  await project.compose('up', '--detach', '--wait', '--wait-timeout', '300');
  client = connect(project.ports.RYZ_API_PORT);
}, 900_000);

afterAll(async () => {
  client?.close();
  await project.compose('down', '--volumes', '--timeout', '20');
  const left = await run('docker', [
    'ps',
    '--all',
    '--quiet',
    '--filter',
    `label=com.docker.compose.project=${name}`,
  ]);
  const volumes = await run('docker', [
    'volume',
    'ls',
    '--quiet',
    '--filter',
    `label=com.docker.compose.project=${name}`,
  ]);
  const networks = await run('docker', [
    'network',
    'ls',
    '--quiet',
    '--filter',
    `label=com.docker.compose.project=${name}`,
  ]);
  expect([left.stdout, volumes.stdout, networks.stdout]).toEqual(['', '', '']);
}, 120_000);

async function chat(from: Caller, timeoutMs = 20_000): Promise<string> {
  const { message } = await client.Chat(asking('What is a span?'), {
    metadata: { traceparent: from.traceparent, 'x-request-id': `compose-${from.traceId.slice(0, 8)}` },
    timeoutMs,
  });
  return message?.content ?? '';
}

/** Documents of a trace in Elasticsearch, asked from inside, where it answers with users or without. */
async function documents(index: string, traceId: string): Promise<number> {
  const command = `curl --silent --user "elastic:$(cat /run/secrets/ryzanstein/elastic-password)" 'http://127.0.0.1:9200/${index}/_count?q=trace_id:${traceId}'`;
  const answer = await project.compose('exec', '--no-TTY', 'elasticsearch', 'sh', '-c', command);
  return (JSON.parse(answer) as { count?: number }).count ?? 0;
}

async function counted(query: string): Promise<number> {
  const url = `http://127.0.0.1:${project.ports.PROMETHEUS_PORT}/api/v1/query?query=${encodeURIComponent(query)}`;
  const { data } = (await (await fetch(url)).json()) as { data: { result: { value: [number, string] }[] } };
  return Number(data.result[0]?.value[1] ?? 0);
}

async function inJaeger(from: Caller, withinMs = 15_000): Promise<void> {
  const spans = await until(
    () => storedSpans(`127.0.0.1:${project.ports.JAEGER_QUERY_PORT}`, from.traceId),
    (found) => outline(found, from.spanId) === chatTree('Chat'),
    withinMs,
  );
  expect(outline(spans, from.spanId)).toBe(chatTree('Chat'));
}

test('everything that runs on is up, and what ran once ended well', async () => {
  const containers = await project.containers();
  const states = containers.map(
    ({ Service, State, Health, ExitCode }) => `${Service} ${State} ${Health}${ExitCode}`,
  );
  expect(states.filter((state) => !/ running (healthy)?0$| exited 0$/.test(state))).toEqual([]);
  expect(containers.map(({ Service }) => Service).sort()).toEqual([
    'api-server',
    'elasticsearch',
    'elasticsearch-init',
    'gpu-coordinator',
    ...(here ? [] : ['grafana']),
    'inference-engine',
    'jaeger',
    ...(here ? [] : ['kibana', 'kibana-init']),
    'otel-collector',
    'otel-collector-ready',
    'prometheus',
    'stack-init',
  ]);
});

test('a chat from the host is in every backend within 15 s', async () => {
  const from = caller();
  expect(await chat(from)).toMatch(/\bspan\b.*\.$/);
  await inJaeger(from);
  await until(
    () => documents('traces-ryzanstein.otel-*', from.traceId),
    (count) => count === 11,
    15_000,
  );
  await until(
    () => documents('logs-ryzanstein.otel-*', from.traceId),
    (count) => count > 0,
    15_000,
  );
  await until(
    () => counted('sum(traces_span_metrics_calls_total{span_name="chat ryzanstein-tiny"})'),
    (value) => value > 0,
    15_000,
  );
});

test('grpcurl finds the API, and gets an answer with the request id that it gave', async () => {
  const { binary } = await obtainPrograms({ only: ['grpcurl'] });
  const address = `127.0.0.1:${project.ports.RYZ_API_PORT}`;
  const grpcurl = async (...words: string[]): Promise<string> =>
    (await run(binary('grpcurl', 'grpcurl'), ['-plaintext', ...words])).stdout;
  expect((await grpcurl(address, 'list')).split('\n')).toContain('ryzanstein.api.v1.LlmService');
  const request = JSON.stringify(asking('What is a span?'));
  const said = await grpcurl(
    ...['-v', '-H', 'x-request-id: compose-grpcurl', '-d', request],
    ...[address, 'ryzanstein.api.v1.LlmService/ChatStream'],
  );
  expect(said).toContain('x-request-id: compose-grpcurl');
  expect(said).toContain('"finish_reason": "FINISH_REASON_STOP"');
});

test('the doctor finds nothing to mend, and says what it could not look at', async () => {
  const { ports } = project;
  const at = (port: number): string => `http://127.0.0.1:${port}`;
  const { stdout } = await run(
    process.execPath,
    [
      fileURLToPath(new URL('../../tools/cli/dist/ryz.js', import.meta.url)),
      ...['doctor', '--json', '--address', `127.0.0.1:${ports.RYZ_API_PORT}`],
      ...['--trace-url', at(ports.JAEGER_QUERY_PORT), '--otlp', at(ports.OTLP_GRPC_PORT)],
      ...['--prometheus', at(ports.PROMETHEUS_PORT), '--elasticsearch', 'none'],
      ...['--grafana', here ? 'none' : at(ports.GRAFANA_PORT)],
      ...['--kibana', here ? 'none' : at(ports.KIBANA_PORT)],
    ],
    { env: {} },
  );
  const { ok, hops } = JSON.parse(stdout) as { ok: boolean; hops: { hop: string; state: string }[] };
  expect(ok).toBe(true);
  expect(hops.map(({ hop, state }) => `${hop} ${state}`)).toEqual([
    'configuration ok',
    'service ok',
    'canary ok',
    'sampling ok',
    'export ok',
    'collector ok',
    'traces ok',
    'metrics ok',
    'exemplar ok',
    'elasticsearch ok', // by the count of the Collector's exporter, as no port of it is published
    here ? 'grafana skipped' : 'grafana ok',
    here ? 'kibana skipped' : 'kibana ok',
  ]);
});

test.each(['gpu-coordinator', 'inference-engine', 'api-server'])(
  'a %s that was killed is started again and serves',
  async (service) => {
    await project.compose('kill', service);
    const { code } = await failure(chat(caller(), 2_000));
    expect(['UNAVAILABLE', 'DEADLINE_EXCEEDED']).toContain(code);
    await project.compose('start', service);
    await serves();
  },
);

test('an engine that stands still costs its callers their deadline, and then goes on', async () => {
  await project.compose('pause', 'inference-engine');
  const { code } = await failure(chat(caller(), 1_500));
  expect(code).toBe('DEADLINE_EXCEEDED');
  await project.compose('unpause', 'inference-engine');
  await serves();
});

test('a chat while the stores are cut off succeeds, and is found once they are back', async () => {
  const network = `${name}_default`;
  const container = (await project.compose('ps', '--quiet', 'jaeger')).trim();
  await run('docker', ['network', 'disconnect', network, container]);
  const from = caller();
  expect(await chat(from)).toMatch(/\bspan\b/);
  await run('docker', ['network', 'connect', '--alias', 'jaeger', network, container]);
  await inJaeger(from, 40_000);
});

test('a service that is asked to stop does so by itself', async () => {
  await project.compose('stop', 'api-server');
  const stopped = (await project.containers()).find(({ Service }) => Service === 'api-server');
  expect(stopped).toMatchObject({ State: 'exited', ExitCode: 0 });
  await project.compose('start', 'api-server');
  await serves();
});

async function serves(): Promise<void> {
  const end = performance.now() + 40_000;
  for (;;) {
    const trouble = await chat(caller(), 3_000).then(
      () => '',
      (error: Error) => error.message,
    );
    if (trouble === '') return;
    if (performance.now() > end) throw new Error(`it did not serve again: ${trouble}`);
    await pause(200);
  }
}
