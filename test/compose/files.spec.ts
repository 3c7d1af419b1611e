import { readFileSync, readdirSync } from 'node:fs';
import { composeProject } from './compose-project.ts';

interface Service {
  readonly image: string;
  readonly user?: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly mem_limit?: string;
  readonly restart?: string;
  readonly healthcheck?: unknown;
  readonly ports?: readonly { readonly host_ip?: string; readonly published: string }[];
  readonly environment?: Readonly<Record<string, string>>;
}

const whole = 'docker-compose.yaml';
const light = 'deploy/docker-compose.light.yaml';
const gib = 1_024 ** 3;

async function services(...files: string[]): Promise<Record<string, Service>> {
  const { compose } = await composeProject('ryzanstein-files', files);
  const text = await compose('config', '--format', 'json');
  return (JSON.parse(text) as { services: Record<string, Service> }).services;
}

test.each([
  [whole, 6 * gib],
  [light, 2 * gib],
])('%s stays within its memory', async (file, limit) => {
  const limits = Object.entries(await services(file)).map(([name, { mem_limit: own }]) => {
    if (own === undefined) throw new Error(`${name} has no memory limit`);
    return Number(own);
  });
  expect(limits.reduce((sum, own) => sum + own)).toBeLessThanOrEqual(limit);
});

test.each([[whole], [light], ['deploy/docker-compose.observability.yaml']])(
  '%s publishes on loopback alone',
  async (file) => {
    const ports = Object.values(await services(file)).flatMap((service) => service.ports ?? []);
    expect(ports.map(({ host_ip: host }) => host)).toEqual(ports.map(() => '127.0.0.1'));
    expect(ports.length).toBeGreaterThan(3);
  },
);

test('who may call without a key reaches it from this machine alone; an overlay asks for keys', async () => {
  for (const file of [whole, light])
    expect((await services(file))['api-server']?.environment?.['RYZ_ALLOW_ANONYMOUS']).toBe('1');
  const overlay = readFileSync('deploy/docker-compose.keys.yaml', 'utf8');
  expect(overlay).toMatch(
    /RYZ_API_KEYS_FILE: (\/run\/ryzanstein-keys)\/api-keys\n[\s\S]*\$\{RYZ_API_KEYS_DIR:\?[^}]+\}:\1:ro/,
  );
});

test('every container is confined, and what is not says why', async () => {
  const loose = Object.entries(await services(whole)).flatMap(([name, service]) => [
    ...(service.read_only === true ? [] : [`${name} can write to its image`]),
    ...(service.cap_drop?.join() === 'ALL' ? [] : [`${name} keeps capabilities`]),
    ...(service.security_opt?.includes('no-new-privileges:true') === true ? [] : [`${name} may gain rights`]),
    ...(service.user?.startsWith('0') === true ? [`${name} is root`] : []),
  ]);
  expect(loose).toEqual([
    // Its first start writes a keystore beside its configuration.
    'elasticsearch can write to its image',
    // Gives files to the users of the others, then ends.
    'stack-init is root',
  ]);
});

test('what runs on is restarted and is asked whether it is ready', async () => {
  const own = ['api-server', 'gpu-coordinator', 'inference-engine']; // asked by their image
  const running = Object.entries(await services(whole)).filter(([, { restart }]) => restart !== 'no');
  expect(
    running
      .filter(([name, { healthcheck }]) => healthcheck === undefined && !own.includes(name))
      .map(([name]) => name),
  ).toEqual(['otel-collector']); // its image has nothing to ask with: otel-collector-ready does
});

test('no secret and no password stands in the configuration, but the published one', async () => {
  const text = JSON.stringify(await services(whole));
  expect(
    [...text.matchAll(/"([A-Z_]*PASSWORD[A-Z_]*)":"([^"]*)"/g)].map(([, key, value]) => [key, value]),
  ).toEqual([
    ['ELASTIC_PASSWORD_FILE', '/run/secrets/ryzanstein/elastic-password'],
    ['GF_SECURITY_ADMIN_PASSWORD__FILE', expect.stringMatching(/^\/run\//)],
    ['GRAFANA_ADMIN_PASSWORD', 'ryzanstein'],
  ]);
});

test('no image is written twice, and no port of the host has two defaults', () => {
  const files = [
    whole,
    ...readdirSync('deploy')
      .filter((name) => name.endsWith('.yaml'))
      .map((name) => `deploy/${name}`),
  ];
  const text = files.map((file) => readFileSync(file, 'utf8').replace(/^\s*#.*$/gm, '')).join('\n');
  const written = [...text.matchAll(/\$\{(\w+(?:IMAGE|PORT)):-([^}]+)\}/g)].map(
    ([, variable = '', value]) => ({
      variable,
      value,
    }),
  );
  const twice = (texts: readonly string[]): string[] =>
    texts.filter((text, index) => texts.indexOf(text) !== index);
  const pins = (kind: RegExp): string[] =>
    written
      .filter(({ variable }) => kind.test(variable))
      .map(({ variable, value }) => `${variable} ${value}`);
  const images = pins(/IMAGE$/).filter((pin) => !pin.startsWith('NODE_IMAGE'));
  expect(images.length).toBeGreaterThan(6);
  expect(twice(images)).toEqual([]);
  // A link on another page needs the port as well, with the same default.
  const ports = [...new Set(pins(/PORT$/))];
  expect(ports.length).toBeGreaterThan(6);
  expect(twice(ports.map((pin) => pin.split(' ')[0] ?? ''))).toEqual([]);
});
