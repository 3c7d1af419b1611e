import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));

it('says that its output cannot be written', async () => {
  // A file that is open for reading alone takes nothing, on any system.
  const output = await open(main, 'r');
  const args = ['--conditions=@ryzanstein/source', '--disable-warning=ExperimentalWarning', main, '--help'];
  const ryz = spawn(process.execPath, args, { stdio: ['ignore', output.fd, 'pipe'] });
  const [said, [code]] = await Promise.all([text(ryz.stderr!), once(ryz, 'close')]);
  await output.close();
  expect(said).toBe('The output cannot be written: EBADF: bad file descriptor, write.\n');
  expect(code).toBe(1);
});
