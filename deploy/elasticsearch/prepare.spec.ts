import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { elasticsearchClient, type Login } from './elasticsearch-client.ts';
import { prepareElasticsearch } from './prepare.ts';

let server: Server;
let requests: string[];
let bodies: Map<string, unknown>;
let answers: (request: string) => [status: number, body: unknown];

beforeEach(async () => {
  requests = [];
  bodies = new Map();
  answers = () => [200, {}];
  server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += String(chunk)));
    request.on('end', () => {
      const what = `${request.method} ${request.url}`;
      requests.push(what);
      if (text !== '') bodies.set(what, JSON.parse(text));
      const [status, body] = answers(what);
      response.writeHead(status, { connection: 'close' }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(() => new Promise((resolve) => server.close(resolve)));

async function prepare(security: boolean, login?: Login) {
  const lines: string[] = [];
  let now = 0;
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await prepareElasticsearch({
    client: elasticsearchClient(url, login),
    security,
    passwordOf: (user) => `password of ${user}`,
    say: (line) => lines.push(line),
    now: () => now,
    pause: async (ms) => {
      now += ms;
    },
    waitMs: 5_000,
  });
  return lines;
}

const health = 'GET /_cluster/health?wait_for_status=yellow&timeout=5s';
const templates = [
  'PUT /_component_template/ryzanstein-common',
  'PUT /_index_template/ryzanstein-logs',
  'PUT /_index_template/ryzanstein-traces',
];

test('without security it puts templates, and says what it leaves out', async () => {
  expect(await prepare(false)).toEqual([
    'retention: skipped, RYZ_ES_SECURITY is off',
    'templates: ryzanstein-common, ryzanstein-logs, ryzanstein-traces',
    'users and roles: skipped, RYZ_ES_SECURITY is off',
  ]);
  expect(requests).toEqual([health, ...templates]);
});

test('with security it puts retention, roles and users too', async () => {
  await prepare(true, { user: 'elastic', password: 'p' });
  expect(requests).toEqual([
    health,
    'PUT /_component_template/ryzanstein-retention',
    ...templates,
    'PUT /_security/role/ryzanstein_collector',
    'PUT /_security/role/ryzanstein_jaeger',
    'PUT /_security/role/ryzanstein_reader',
    'PUT /_security/user/ryzanstein_collector',
    'PUT /_security/user/ryzanstein_jaeger',
    'PUT /_security/user/ryzanstein_reader',
    'POST /_security/user/kibana_system/_password',
  ]);
  expect(bodies.get('PUT /_security/user/ryzanstein_reader')).toEqual({
    password: 'password of ryzanstein_reader',
    roles: ['ryzanstein_reader'],
  });
});

test('whoever writes telemetry can neither read nor delete it', async () => {
  await prepare(true);
  expect(bodies.get('PUT /_security/role/ryzanstein_collector')).toEqual({
    cluster: [],
    indices: [
      {
        names: ['logs-ryzanstein.otel-*', 'traces-ryzanstein.otel-*'],
        privileges: ['create_doc', 'auto_configure'],
      },
    ],
  });
});

test('it waits for the node', async () => {
  let asked = 0;
  answers = (request) => (request === health && ++asked < 4 ? [503, {}] : [200, {}]);
  const lines = await prepare(false);
  expect(lines.slice(0, 4)).toEqual([
    'waiting for Elasticsearch',
    'waiting for Elasticsearch',
    'waiting for Elasticsearch',
    'retention: skipped, RYZ_ES_SECURITY is off',
  ]);
});

test('it does not wait for ever', async () => {
  answers = () => [503, { error: 'no master' }];
  await expect(prepare(false)).rejects.toThrow('Elasticsearch was not ready within 5000 ms');
  expect(requests).toHaveLength(6);
});

test('a wrong password is no reason to wait', async () => {
  answers = () => [401, { error: 'unable to authenticate' }];
  await expect(prepare(true, { user: 'elastic', password: 'wrong' })).rejects.toThrow('401');
  expect(requests).toEqual([health]);
});

test('a template that is refused ends it, with the reason', async () => {
  answers = (request) =>
    request.includes('ryzanstein-traces') ? [400, { error: 'bad mapping' }] : [200, {}];
  await expect(prepare(false)).rejects.toThrow(
    'PUT _index_template/ryzanstein-traces: 400 {"error":"bad mapping"}',
  );
});
