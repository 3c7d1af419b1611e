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
    'es/elastic-password': 1000,
    'es/ryzanstein_collector-password': 1000,
    'es/ryzanstein_jaeger-password': 1000,
    'es/ryzanstein_reader-password': 1000,
    'es/kibana_system-password': 1000,
    'stack/ryzanstein_collector-password': 10001,
    'stack/ryzanstein_jaeger-password': 10001,
    'stack/ryzanstein_reader-password': 472,
    'stack/grafana-admin-password': 472,
    'stack/kibana.yml': 1000,
  });
  const modes = Object.keys(owners).map((path) => statSync(join(root, path)).mode & 0o777);
  expect(new Set(modes)).toEqual(new Set([0o600]));
});

test('a program and the node that knows it have the same password, and no two share one', () => {
  make();
  expect(text('stack/ryzanstein_collector-password')).toBe(text('es/ryzanstein_collector-password'));
  expect(text('stack/ryzanstein_jaeger-password')).toBe(text('es/ryzanstein_jaeger-password'));
  expect(text('stack/ryzanstein_reader-password')).toBe(text('es/ryzanstein_reader-password'));
  expect(text('stack/kibana.yml').split('\n')[0]).toBe(
    `elasticsearch.password: '${text('es/kibana_system-password')}'`,
  );
  const passwords = readdirSync(join(root, 'es')).map((name) => text(join('es', name)));
  expect(new Set(passwords).size).toBe(5);
  for (const password of passwords) expect(password).toMatch(/^[\w-]{32}$/);
});

test('what exists is never changed', () => {
  make();
  const before = text('es/elastic-password');
  expect(make()).toBe(0);
  expect(text('es/elastic-password')).toBe(before);
});

test('a start that was cut short begins anew', () => {
  writeFileSync(join(root, 'es/elastic-password'), 'half', { mode: 0o400 });
  expect(make()).toBe(10);
  expect(text('es/elastic-password')).toHaveLength(32);
});
