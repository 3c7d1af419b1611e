import { readFileSync, statSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import type { Clock, Timer } from './clock.ts';

/** Files that belong together, such as a certificate and its key, followed while a process runs. */
export interface FollowedFiles {
  /** Looks now, beside the looks that come by themselves. Never rejects. */
  look(): Promise<void>;
  stop(): void;
}

export interface FollowedFilesOptions {
  /** Paths; relative ones count from the working directory. */
  readonly files: readonly string[];
  readonly clock: Clock;
  /** Milliseconds from the end of a look to the next. Default 1000. */
  readonly everyMs?: number;
  /** Largest file that is read. Default 1 MiB. */
  readonly maxBytes?: number;
  /**
   * Takes the contents in the order of `files`, at once and whenever one of them has changed. MUST throw,
   * with a sentence, where they are not what they should be: what was taken before stays in force then.
   */
  readonly take: (contents: readonly string[]) => void;
  /** Told that changed contents are in force. Not called for the first ones. */
  readonly onChange?: () => void;
  /** Told once of a trouble that lasts, as a sentence with the file in it, and again after it has changed. */
  readonly onTrouble: (sentence: string) => void;
}

/**
 * Takes files now and follows them. Keeps no process alive.
 *
 * Contents are compared, not times: a file system's clock may not tell two quick edits apart, and a watcher
 * of the directory misses mounted volumes and what is replaced behind a symbolic link.
 *
 * @throws Error with a sentence that names the file, where the first contents cannot be read or taken.
 *
 * @example
 * const followed = followFiles({ files: [path], clock, take: ([text]) => (keys = parse(text)), onTrouble });
 */
export function followFiles(options: FollowedFilesOptions): FollowedFiles {
  const { files, clock, everyMs = 1_000, maxBytes = 1024 * 1024, take, onChange, onTrouble } = options;
  let taken = '';
  let suspected: string | undefined;
  let told: string | undefined;
  let timer: Timer | undefined;
  let stopped = false;

  const takeThem = (contents: readonly string[], joined: string): void => {
    try {
      take(contents);
    } catch (error) {
      throw new Error(`${files.join(', ')}: ${(error as Error).message}`, { cause: error });
    }
    taken = joined;
  };

  const first = files.map((file) => readNow(file, maxBytes));
  takeThem(first, joinedOf(first));

  const look = async (): Promise<void> => {
    try {
      const contents = await Promise.all(files.map((file) => readLater(file, maxBytes)));
      if (stopped) return;
      const joined = joinedOf(contents);
      const changed = joined !== taken;
      if (changed) takeThem(contents, joined);
      suspected = told = undefined;
      if (changed) onChange?.();
    } catch (error) {
      const sentence = (error as Error).message;
      // Files that are being replaced do not fit for a moment: only what lasts is said, and once.
      if (suspected === sentence && told !== sentence) onTrouble((told = sentence));
      suspected = sentence;
    }
  };
  const wait = (): void => {
    if (!stopped) timer = clock.after(everyMs, () => void look().then(wait));
  };
  wait();

  return {
    look,
    stop() {
      stopped = true;
      timer?.cancel();
    },
  };
}

// No file of a text has this character.
const joinedOf = (contents: readonly string[]): string => contents.join('\0');

function readNow(file: string, maxBytes: number): string {
  try {
    refuseHuge(file, statSync(file).size, maxBytes);
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw unreadable(file, error);
  }
}

async function readLater(file: string, maxBytes: number): Promise<string> {
  try {
    refuseHuge(file, (await stat(file)).size, maxBytes);
    return await readFile(file, 'utf8');
  } catch (error) {
    throw unreadable(file, error);
  }
}

function unreadable(file: string, error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  return code === undefined ? error : new Error(`${file} cannot be read (${code})`, { cause: error });
}

function refuseHuge(file: string, bytes: number, maxBytes: number): void {
  if (bytes > maxBytes) throw new Error(`${file} has ${bytes} bytes, and ${maxBytes} are the most`);
}
