import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { obtainPrograms, runTool, type ObtainedPrograms } from '@ryzanstein/stack';

const deploy = fileURLToPath(new URL('../../deploy', import.meta.url));
const files = (folder: string): string[] =>
  readdirSync(join(deploy, folder)).filter((name) => name.endsWith('.yaml'));

let programs: ObtainedPrograms;

beforeAll(async () => {
  programs = await obtainPrograms();
});

// What only completes another file is run with it, its secrets elsewhere than in a container.
const isWhole = (name: string): boolean => !name.startsWith('elasticsearch-security-') && name !== 'tls.yaml';
const secrets = mkdtempSync(join(tmpdir(), 'ryzanstein-secrets-'));
afterAll(() => rmSync(secrets, { recursive: true }));

function completing(folder: string, name: string): string {
  for (const user of ['ryzanstein_collector', 'ryzanstein_jaeger'])
    writeFileSync(join(secrets, `${user}-password`), 'a-password');
  const copy = join(secrets, name);
  const text = readFileSync(join(deploy, folder, name), 'utf8');
  writeFileSync(
    copy,
    text.replaceAll('/run/secrets/ryzanstein', secrets).replaceAll('/run/certificates', secrets),
  );
  return copy;
}

const run = (pin: 'otelcol' | 'jaeger' | 'prometheus', name: string, ...args: string[]): Promise<string> =>
  runTool(programs.binary(pin, name), args, { cwd: join(deploy, 'prometheus'), timeoutMs: 60_000 });

describe('the Collector takes', () => {
  it.each(files('otel-collector').filter(isWhole))('%s', async (name) => {
    await run('otelcol', 'otelcol', 'validate', '--config', join(deploy, 'otel-collector', name));
  });

  it.each(files('otel-collector').filter((name) => !isWhole(name)))('%s after gateway.yaml', async (name) => {
    const whole = join(deploy, 'otel-collector', 'gateway.yaml');
    await run(
      'otelcol',
      'otelcol',
      'validate',
      '--config',
      whole,
      '--config',
      completing('otel-collector', name),
    );
  });

  it('no configuration with a key that it does not know', async () => {
    const wrong = `yaml:exporters::elasticsearch::retry_on_failure::enabled: true`;
    await expect(
      run(
        'otelcol',
        'otelcol',
        'validate',
        '--config',
        join(deploy, 'otel-collector', 'gateway.yaml'),
        '--config',
        wrong,
      ),
    ).rejects.toThrow(/retry_on_failure/);
  });
});

describe('Jaeger takes', () => {
  it.each(files('jaeger').filter(isWhole))('%s', async (name) => {
    await run('jaeger', 'jaeger', 'validate', '--config', `file:${join(deploy, 'jaeger', name)}`);
  });
});

describe('Jaeger takes, after jaeger-elasticsearch.yaml,', () => {
  it.each(files('jaeger').filter((name) => !isWhole(name)))('%s', async (name) => {
    const whole = `file:${join(deploy, 'jaeger', 'jaeger-elasticsearch.yaml')}`;
    const more = `file:${completing('jaeger', name)}`;
    await run('jaeger', 'jaeger', 'validate', '--config', whole, '--config', more);
  });
});

describe('promtool', () => {
  it('takes the configuration and its rules', async () => {
    const said = await run('prometheus', 'promtool', 'check', 'config', 'prometheus.yml');
    expect(said).toContain('prometheus.yml is valid prometheus config file syntax');
    for (const name of files('prometheus/rules')) expect(said).toContain(`rules/${name}`);
  });

  it.each(files('prometheus/tests'))('passes the unit tests of %s', async (name) => {
    expect(await run('prometheus', 'promtool', 'test', 'rules', join('tests', name))).toContain('SUCCESS');
  });
});

it('the tail profile waits longer than the longest request', () => {
  const wait = /RYZ_TAIL_DECISION_WAIT:-(\d+)s/.exec(
    readFileSync(join(deploy, 'otel-collector', 'gateway-tail.yaml'), 'utf8'),
  )?.[1];
  const documented = readFileSync(join(deploy, '..', 'docs', 'configuration.md'), 'utf8');
  const deadline = /`RYZ_MAX_DEADLINE_MS`[^\n]*?\|\s*`(\d+)`/.exec(documented)?.[1];
  expect(Number(deadline)).toBe(120_000);
  expect(Number(wait) * 1_000).toBeGreaterThan(Number(deadline));
});
