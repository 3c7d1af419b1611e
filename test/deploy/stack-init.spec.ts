import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeSecrets } from '../../deploy/init/stack-init.ts';

let root = '';
let owners: Record<string, number>;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ryzanstein-init-'));
  owners = {};
  mkdirSync(join(root, 'es'));
  mkdirSync(join(root, 'stack'));
});
afterEach(() => rmSync(root, { recursive: true }));

function make(): number {
  return makeSecrets(
    { elasticsearch: join(root, 'es'), stack: join(root, 'stack') },
    {
      grafanaPassword: 'ryzanstein',
      own: (path: string, user: number) => (owners[path.slice(root.length + 1)] = user),
    },
  );
}

function text(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

test('each secret is readable by the one user that needs it', () => {
  expect(make()).toBe(10);
  expect(owners).toEqual({
    'es/elastic': 1000,
    'es/otel-writer': 1000,
    'es/jaeger': 1000,
    'es/grafana-reader': 1000,
    'es/kibana-system': 1000,
    'stack/otel-writer': 10001,
    'stack/jaeger': 10001,
    'stack/grafana-reader': 472,
    'stack/grafana-admin': 472,
    'stack/kibana.yml': 1000,
  });
  const modes = Object.keys(owners).map((path) => statSync(join(root, path)).mode & 0o777);
  expect(new Set(modes)).toEqual(new Set([0o600]));
});

test('a program and the node that knows it have the same password, and no two share one', () => {
  make();
  expect(text('stack/otel-writer')).toBe(text('es/otel-writer'));
  expect(text('stack/jaeger')).toBe(text('es/jaeger'));
  expect(text('stack/grafana-reader')).toBe(text('es/grafana-reader'));
  expect(text('stack/kibana.yml').split('\n')[0]).toBe(
    `elasticsearch.password: '${text('es/kibana-system')}'`,
  );
  const passwords = readdirSync(join(root, 'es')).map((name) => text(join('es', name)));
  expect(new Set(passwords).size).toBe(5);
  for (const password of passwords) expect(password).toMatch(/^[\w-]{32}$/);
});

test('what exists is never changed', () => {
  make();
  const before = text('es/elastic');
  expect(make()).toBe(0);
  expect(text('es/elastic')).toBe(before);
});

test('a start that was cut short begins anew', () => {
  writeFileSync(join(root, 'es/elastic'), 'half', { mode: 0o400 });
  expect(make()).toBe(10);
  expect(text('es/elastic')).toHaveLength(32);
});
