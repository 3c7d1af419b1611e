import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buildBundles, staleBundles } from './build.ts';

const bundles = ['a', 'b'].map((name) => ({
  name,
  folder: `apps/${name}`,
  file: `apps/${name}/dist/main.js`,
}));

let workspace: string;

/** Writes a file as of so many seconds after the start of time; its folder is as old as the world. */
function put(file: string, seconds: number, text = ''): void {
  const path = join(workspace, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  utimesSync(path, seconds, seconds);
  for (let folder = dirname(path); folder !== workspace; folder = dirname(folder)) utimesSync(folder, 1, 1);
}

const stale = (): string[] => staleBundles(workspace, bundles).map(({ name }) => name);

beforeEach(() => {
  workspace = mkdtempSync(join(tmpdir(), 'ryz-build-'));
  put('build.mjs', 10);
  put('package-lock.json', 10);
  put('libs/rpc/src/index.ts', 10);
  for (const { folder, file } of bundles) {
    put(`${folder}/src/main.ts`, 10);
    put(file, 20);
  }
});

afterEach(() => rmSync(workspace, { recursive: true }));

describe('what has to be built', () => {
  it('is nothing where all bundles are newer than their sources', () => {
    expect(stale()).toEqual([]);
  });

  it('is a bundle that is missing, or older than a source of its own', () => {
    put('apps/a/src/domain/queue.ts', 30);
    rmSync(join(workspace, 'apps/b/dist'), { recursive: true });
    utimesSync(join(workspace, 'apps/b'), 1, 1);
    expect(stale()).toEqual(['a', 'b']);
  });

  it('is everything after a library, the lock file or the build changed', () => {
    put('libs/rpc/src/index.ts', 30);
    expect(stale()).toEqual(['a', 'b']);
  });

  it('is a bundle that lost a source, and none for a spec', () => {
    put('apps/a/src/main.spec.ts', 30);
    utimesSync(join(workspace, 'apps/b/src'), 30, 30);
    expect(stale()).toEqual(['b']);
  });

  it('fails with what the build said', async () => {
    put('build.mjs', 10, 'process.stderr.write(`no ${process.argv.slice(2)}`); process.exitCode = 1;');
    await expect(buildBundles(workspace, ['a', 'b'])).rejects.toThrow('The build failed:\nno a,b');
    put('build.mjs', 10, '');
    await buildBundles(workspace, []);
  });
});
