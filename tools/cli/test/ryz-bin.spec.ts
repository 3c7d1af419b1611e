import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const bin = fileURLToPath(new URL('../bin/ryz.js', import.meta.url));

let folder: string;

/** The launcher in a project of its own, with this as its bundle. */
function install(bundle?: string): string {
  mkdirSync(join(folder, 'bin'), { recursive: true });
  cpSync(bin, join(folder, 'bin/ryz.js'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  if (bundle !== undefined) {
    mkdirSync(join(folder, 'dist'));
    writeFileSync(join(folder, 'dist/ryz.js'), bundle);
  }
  return join(folder, 'bin/ryz.js');
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ryz-bin-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

describe('bin/ryz.js', () => {
  it('says what to run where there is no bundle', async () => {
    await expect(run(process.execPath, [install(), 'chat', 'x'])).rejects.toMatchObject({
      code: 1,
      stderr: 'ryz is not built yet: run `npm run build` once.\n',
    });
  });

  it('runs the bundle with its arguments', async () => {
    const { stdout } = await run(process.execPath, [
      install('process.stdout.write(process.argv.slice(2).join("|"));'),
      'a b',
      '--c',
    ]);
    expect(stdout).toBe('a b|--c');
  });

  // An older Node is played by this one under a false version.
  const older = `data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'20.20.2'}})`;

  it('goes over to the Node of the project under an older one, and passes its exit code on', async () => {
    const script = install('process.stdout.write(process.versions.node); process.exitCode = 7;');
    mkdirSync(join(folder, 'node_modules/node/bin'), { recursive: true });
    writeFileSync(join(folder, 'node_modules/node/package.json'), '{ "name": "node" }');
    writeFileSync(
      join(folder, 'node_modules/node/bin/node'),
      `#!/bin/sh\nexec "${process.execPath}" "$@"\n`,
      {
        mode: 0o755,
      },
    );
    await expect(run(process.execPath, ['--import', older, script])).rejects.toMatchObject({
      code: 7,
      stdout: process.versions.node,
    });
  });

  it('says which Node it needs where the project has none', async () => {
    await expect(run(process.execPath, ['--import', older, install('')])).rejects.toMatchObject({
      code: 1,
      stderr: 'ryz needs Node 22.15 or later; this is 20.20.2. `npm ci` brings one along.\n',
    });
  });
});
