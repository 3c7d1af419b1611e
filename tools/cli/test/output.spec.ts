import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
// A device that takes nothing; Linux has one.
const full = '/dev/full';
const itOnLinux = existsSync(full) ? it : it.skip;

itOnLinux('says that its output cannot be written', async () => {
  const node = [process.execPath, '--conditions=@ryzanstein/source', '--disable-warning=ExperimentalWarning'];
  const help = run('sh', ['-c', `exec "$0" "$@" > ${full}`, ...node, main, '--help']);
  await expect(help).rejects.toMatchObject({
    code: 1,
    stderr: 'The output cannot be written: ENOSPC: no space left on device, write.\n',
  });
});
