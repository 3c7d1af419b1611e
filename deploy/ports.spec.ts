import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');

interface Port {
  readonly program: string;
  readonly port: string;
  readonly variable: string;
  readonly published: boolean;
}

/** The table of README.md, by its lines. */
const table = [
  ...read('README.md').matchAll(/^\| (\w+) +\| (\d+) +\| (?:`([^`]+)`)? +\| [^|]+ \| (yes|no) +\|$/gm),
].map(([, program = '', port = '', variable = '', published]): Port => ({
  program,
  port,
  variable,
  published: published === 'yes',
}));

/** What the programs of the table are called among the containers. */
const hosts: Readonly<Record<string, string>> = {
  Collector: 'otel-collector',
  Jaeger: 'jaeger',
  Prometheus: 'prometheus',
  Elasticsearch: 'elasticsearch',
  Grafana: 'grafana',
  Kibana: 'kibana',
};
const of = (program: string): readonly Port[] => table.filter((line) => line.program === program);
const portsOf = (host: string): string[] =>
  table.filter(({ program }) => hosts[program] === host).map(({ port }) => port);

test('the table names every program once by each port', () => {
  expect(Object.keys(hosts).map((program) => [program, of(program).length])).toEqual([
    ['Collector', 4],
    ['Jaeger', 8],
    ['Prometheus', 1],
    ['Elasticsearch', 1],
    ['Grafana', 1],
    ['Kibana', 1],
  ]);
});

test.each([
  ['Collector', 'otel-collector/gateway.yaml'],
  ['Collector', 'otel-collector/gateway-light.yaml'],
  ['Collector', 'otel-collector/gateway-tail.yaml'],
  ['Collector', 'otel-collector/agent.yaml'],
  ['Jaeger', 'jaeger/jaeger.yaml'],
  ['Jaeger', 'jaeger/jaeger-elasticsearch.yaml'],
])('of the %s are those that %s listens on', (program, file) => {
  const listened = [...read(file).matchAll(/\$\{env:([A-Z_]+_PORT):-(\d+)\}/g)].map(
    ([, variable, port]) => `${variable} ${port}`,
  );
  expect(listened.sort()).toEqual(
    of(program)
      .map(({ variable, port }) => `${variable} ${port}`)
      .sort(),
  );
});

test('what is published is what the containers publish', () => {
  const { services } = parse(read('docker-compose.observability.yaml')) as {
    services: Record<string, { ports?: readonly string[] }>;
  };
  const published = Object.entries(services).flatMap(([host, { ports = [] }]) =>
    ports.map((port) => `${host} ${port.slice(port.lastIndexOf(':') + 1)}`),
  );
  expect(published.sort()).toEqual(
    table
      .filter((line) => line.published)
      .map(({ program, port }) => `${hosts[program]} ${port}`)
      .sort(),
  );
  // A variable of the host has the same default as the port that it moves.
  const moved = Object.values(services).flatMap(({ ports = [] }) => ports);
  for (const port of moved) expect(port).toMatch(/^127\.0\.0\.1:\$\{\w+:-(\d+)\}:\1$/);
});

test('nothing is looked for on another port', () => {
  const files = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.(ya?ml|json|ndjson|ts)$/.test(name),
  );
  const asked = files.flatMap((file) =>
    [
      ...read(file).matchAll(
        /\b(otel-collector|jaeger|prometheus|elasticsearch|grafana|kibana):(\d+)\b(?!\.)/g,
      ),
    ]
      .filter(([, host = '', port = '']) => !portsOf(host).includes(port))
      .map(([address]) => `${file}: ${address}`),
  );
  expect(files.length).toBeGreaterThan(30);
  expect(asked).toEqual([]);
});

test('links in a browser lead to where something is published', () => {
  const published = table.filter((line) => line.published).map(({ port }) => port);
  const links = ['jaeger/ui.json', 'kibana/saved-objects.ndjson'].flatMap((file) =>
    [...read(file).matchAll(/http:\/\/localhost:(\d+)/g)].map(([, port]) => port),
  );
  expect([...new Set(links)].sort()).toEqual(['16686', '3000', '5601']);
  expect(published).toEqual(expect.arrayContaining(links));
});
