import { appendFileSync, readFileSync, realpathSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { apiKeyLine, apiKeyName, newApiKey, parseApiKeys, withoutApiKey } from '@ryzanstein/runtime';
import { CommandFailure, type CliIo } from '../cli-io.ts';

/** The options of `ryz keys`. */
export interface KeysOptions {
  readonly file?: string;
  readonly json?: boolean;
}

/** Makes a key: prints it, this once, to standard output, and appends what is kept of it to the file. */
export function runNewKey(name: string, options: KeysOptions, io: CliIo): void {
  const file = fileOf(options, io);
  if (!apiKeyName.test(name))
    throw new CommandFailure(
      'A name is 1 to 64 letters, digits, dots, hyphens and underscores, and begins with a letter or digit.',
      2,
    );
  const text = read(file) ?? '';
  if (keysIn(file, text).some((key) => key.name === name))
    throw new CommandFailure(`${file} has a key of the name ${name}; revoke it first, or take another name.`);
  const key = newApiKey();
  const apart = text === '' || text.endsWith('\n') ? '' : '\n';
  told(file, () => appendFileSync(file, `${apart}${apiKeyLine(name, key)}\n`, { mode: 0o600 }));
  if (options.json === true) return void io.stdout.write(`${JSON.stringify({ name, key, file })}\n`);
  io.stdout.write(`${key}\n`);
  io.stderr.write(
    `This is shown once: ${file} keeps its hash alone. Callers send it as \`authorization: Bearer <key>\`, ryz from RYZ_API_KEY.\n`,
  );
}

/** Lists whose keys there are, with the beginning of each hash. */
export function runListKeys(options: KeysOptions, io: CliIo): void {
  const file = fileOf(options, io);
  const keys = keysIn(file, present(file)).map(({ name, digest }) => ({
    name,
    sha256: digest.toString('hex'),
  }));
  if (options.json === true) return void io.stdout.write(`${JSON.stringify({ file, keys })}\n`);
  const width = Math.max(0, ...keys.map(({ name }) => name.length));
  for (const { name, sha256 } of keys)
    io.stdout.write(`${name.padEnd(width)}  sha256:${sha256.slice(0, 12)}…\n`);
  if (keys.length === 0) io.stderr.write(`${file} has no keys.\n`);
}

/** Takes a key out of the file; servers that follow it refuse the key from then on. */
export function runRevokeKey(name: string, options: KeysOptions, io: CliIo): void {
  const file = fileOf(options, io);
  const text = present(file);
  keysIn(file, text);
  const left = withoutApiKey(text, name);
  if (left === undefined) throw new CommandFailure(`${file} has no key of the name ${name}.`);
  told(file, () => replace(file, left));
  if (options.json === true)
    return void io.stdout.write(`${JSON.stringify({ name, revoked: true, file })}\n`);
  io.stdout.write(`${name} is revoked: servers that read ${file} refuse its key within 2 s.\n`);
}

function fileOf(options: KeysOptions, io: CliIo): string {
  const file = options.file ?? io.env.RYZ_API_KEYS_FILE ?? '';
  if (file === '') throw new CommandFailure('Name the file of keys: --file <path>, or RYZ_API_KEYS_FILE.', 2);
  return file;
}

function present(file: string): string {
  const text = read(file);
  if (text === undefined)
    throw new CommandFailure(
      `There is no file ${file}; \`ryz keys new <name>\` makes it with its first key.`,
    );
  return text;
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new CommandFailure(`${file} cannot be read (${code}).`, 1, { cause: error });
  }
}

function keysIn(file: string, text: string): ReturnType<typeof parseApiKeys> {
  try {
    return parseApiKeys(text);
  } catch (error) {
    throw new CommandFailure(`${file}: ${(error as Error).message}.`, 1, { cause: error });
  }
}

// At once, so that no server reads half of it, and behind a link where there is one.
function replace(file: string, text: string): void {
  const target = realpathSync(file);
  const beside = `${target}.${process.pid}`;
  writeFileSync(beside, text, { mode: statSync(target).mode & 0o777, flag: 'wx' });
  renameSync(beside, target);
}

function told(file: string, write: () => void): void {
  try {
    write();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CommandFailure(`${file} cannot be written (${code}).`, 1, { cause: error });
  }
}
