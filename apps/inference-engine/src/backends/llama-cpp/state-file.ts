import { mkdtemp, open, rm, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * A file that a state passes through from one context to another, since llama.cpp's library offers
 * no shorter way. It holds what a prompt became: nobody else can read it, it is emptied after each
 * use, and on Linux it has no name, so that it is gone with the process however that ends.
 */
export interface StateFile {
  readonly path: string;
  clear(): Promise<void>;
  close(): Promise<void>;
}

/** @throws Error of the file system where the parent directory, by default `TMPDIR`, cannot be written. */
export async function openStateFile(parent = tmpdir()): Promise<StateFile> {
  const directory = await mkdtemp(join(parent, 'ryzanstein-state-'));
  const remove = (): Promise<void> => rm(directory, { recursive: true, force: true });
  let file: FileHandle | undefined;
  try {
    const named = join(directory, 'state');
    file = await open(named, 'wx+', 0o600);
    const nameless = process.platform === 'linux';
    if (nameless) await remove();
    return { path: nameless ? `/proc/self/fd/${file.fd}` : named, ...keeping(file, remove) };
  } catch (error) {
    await file?.close();
    await remove();
    throw error;
  }
}

function keeping(file: FileHandle, remove: () => Promise<void>): Pick<StateFile, 'clear' | 'close'> {
  return {
    clear: () => file.truncate(0),
    async close() {
      await file.close();
      await remove();
    },
  };
}
