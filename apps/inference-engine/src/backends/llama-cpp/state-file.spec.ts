import { readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { openStateFile } from './state-file.ts';

const ours = async (): Promise<string[]> =>
  (await readdir(tmpdir())).filter((name) => name.startsWith('ryzanstein-state-'));

describe('openStateFile', () => {
  it('gives a file that can be written and read by its path, by its owner alone, and is emptied', async () => {
    const file = await openStateFile();
    await writeFile(file.path, 'what a prompt became');
    await writeFile(file.path, 'another');
    expect(await readFile(file.path, 'utf8')).toBe('another');
    expect((await stat(file.path)).mode & 0o777).toBe(0o600);
    await file.clear();
    expect((await stat(file.path)).size).toBe(0);
    await file.close();
    await expect(readFile(file.path)).rejects.toThrow();
  });

  it('leaves nothing behind in the temporary directory, not even while it is open on Linux', async () => {
    const before = await ours();
    const file = await openStateFile();
    if (process.platform === 'linux') expect(await ours()).toEqual(before);
    await file.close();
    expect(await ours()).toEqual(before);
  });

  it('fails where its directory cannot be written', async () => {
    await expect(openStateFile('/nowhere')).rejects.toThrow('/nowhere/ryzanstein-state-');
  });
});
