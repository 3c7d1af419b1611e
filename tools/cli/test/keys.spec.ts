import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { apiKeyDigest, parseApiKeys } from '@ryzanstein/runtime';
import { cliRun } from './cli-run.ts';

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ryz-keys-'));
  file = join(folder, 'api-keys');
});
afterEach(() => rmSync(folder, { recursive: true }));

const keys = (...args: readonly string[]) => cliRun(['keys', ...args], { env: { RYZ_API_KEYS_FILE: file } });

describe('ryz keys', () => {
  it('makes keys: each shown once, its hash in a file for its owner alone', async () => {
    const web = await keys('new', 'web');
    expect(web.code).toBe(0);
    expect(web.stdout).toMatch(/^ryz_[\w-]{43}\n$/);
    expect(web.stderr).toContain('shown once');
    const batch = JSON.parse((await keys('new', 'batch', '--json')).stdout) as { key: string };
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const text = readFileSync(file, 'utf8');
    expect(text).not.toContain(web.stdout.trim());
    expect(parseApiKeys(text)).toEqual([
      { name: 'web', digest: apiKeyDigest(web.stdout.trim()) },
      { name: 'batch', digest: apiKeyDigest(batch.key) },
    ]);
  });

  it('lists and revokes them, and leaves what else stands there', async () => {
    writeFileSync(file, '# of the mesh');
    await keys('new', 'web');
    await keys('new', 'batch');
    const listed = await keys('list');
    expect(listed.stdout).toMatch(/^web {4}sha256:[0-9a-f]{12}…\nbatch {2}sha256:[0-9a-f]{12}…\n$/);
    expect(JSON.parse((await keys('list', '--json')).stdout)).toMatchObject({
      keys: [{ name: 'web', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) }, { name: 'batch' }],
    });
    expect(await keys('revoke', 'web')).toEqual({
      code: 0,
      stdout: `web is revoked: servers that read ${file} refuse its key within 2 s.\n`,
      stderr: '',
    });
    expect(readFileSync(file, 'utf8')).toMatch(/^# of the mesh\nbatch sha256:[0-9a-f]{64}\n$/);
    await keys('revoke', 'batch');
    expect(await keys('list')).toEqual({ code: 0, stdout: '', stderr: `${file} has no keys.\n` });
  });

  it('writes behind a link, and takes the file that is named', async () => {
    const link = join(folder, 'link');
    await keys('new', 'web');
    symlinkSync(file, link);
    expect((await cliRun(['keys', 'revoke', 'web', '--file', link])).code).toBe(0);
    expect(readFileSync(file, 'utf8')).toBe('');
  });

  it.each([
    [['new', 'two words'], 2, 'A name is 1 to 64 letters'],
    [['new', 'web'], 1, 'has a key of the name web'],
    [['revoke', 'nobody'], 1, 'has no key of the name nobody.'],
    [
      ['list', '--file', '/nowhere/keys'],
      1,
      'There is no file /nowhere/keys; `ryz keys new <name>` makes it',
    ],
    [['new', 'a', '--file', '/nowhere/keys'], 1, '/nowhere/keys cannot be written (ENOENT).'],
    [['list', '--file', '/'], 1, '/ cannot be read (EISDIR).'],
  ])('%p says what is wrong', async (args, code, words) => {
    await keys('new', 'web');
    const run = await keys(...args);
    expect([run.code, run.stdout]).toEqual([code, '']);
    expect(run.stderr).toContain(words);
  });

  it('touches no file that it cannot read as keys, and asks for a name where it has none', async () => {
    writeFileSync(file, 'web my-secret-key\n');
    for (const args of [['new', 'a'], ['list'], ['revoke', 'web']]) {
      const run = await keys(...args);
      expect(run.code).toBe(1);
      expect(run.stderr).toContain(`${file}: line 1 is no key; `);
      expect(run.stderr).not.toContain('my-secret');
    }
    expect(readFileSync(file, 'utf8')).toBe('web my-secret-key\n');
    expect((await cliRun(['keys', 'list'])).stderr).toContain('--file <path>, or RYZ_API_KEYS_FILE');
  });
});
