import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { Authority, KeyAndCertificate } from '@ryzanstein/certificates';
import { CommandFailure, type CliIo } from '../cli-io.ts';

/** The options of `ryz certs`. */
export interface CertsOptions {
  readonly out: string;
  readonly days: number;
  /** More names at which the services are reached. */
  readonly names?: readonly string[];
  /** Keys that other users may read, too. */
  readonly sharedKeys?: boolean;
}

const dayMs = 86_400_000;
const authorityDays = 3_650;
/** Machines whose clocks are a little behind take a certificate at once. */
const backdatedMs = 3_600_000;
const services = ['api-server', 'gpu-coordinator', 'inference-engine', 'otel-collector', 'client'] as const;
const local = ['localhost', '127.0.0.1', '::1'];

/** Makes a local authority, or takes the one that is there, and signs new certificates for the mesh. */
export async function runCerts(options: CertsOptions, io: CliIo): Promise<void> {
  const { out, days, names = [], sharedKeys = false } = options;
  const keyMode = sharedKeys ? 0o644 : 0o600;
  const now = Date.now();
  const validFrom = new Date(now - backdatedMs);
  await mkdir(out, { recursive: true });
  const { authority, made } = await authorityIn(out, validFrom);
  const wished = new Date(now + days * dayMs);
  if (authority.validUntil.getTime() <= now)
    throw new CommandFailure(
      `The authority in ${join(out, 'ca.pem')} has expired: delete it and ca-key.pem to have a new one, and give ca.pem to all who trust it.`,
    );
  // What outlives its authority is not trusted any longer.
  const validUntil = authority.validUntil < wished ? authority.validUntil : wished;
  for (const name of services) {
    const hosts = [...new Set([...local, name, ...names])];
    const pair = await authority.sign({ name, hosts, validFrom, validUntil });
    await writePair(out, name, pair, keyMode);
  }
  const shown = relative(process.cwd(), out) || '.';
  const of = (file: string): string => join(shown, file);
  io.stdout.write(
    [
      `${made ? 'Made' : 'Kept'} the authority ${of('ca.pem')}, valid until ${dateText(authority.validUntil)}.`,
      `Signed ${services.join(', ')}, valid until ${dateText(validUntil)}.`,
      '',
      'The whole mesh over TLS, with certificates on both sides:',
      '',
      `  export RYZ_TLS_CA_FILE=${of('ca.pem')} RYZ_TLS_CLIENT_CA_FILE=${of('ca.pem')}`,
      `  export RYZ_TLS_CERT_FILE=${of('client.pem')} RYZ_TLS_KEY_FILE=${of('client-key.pem')}`,
      '  npm start',
      '',
      'Run it again to renew them: running processes take the new ones within 2 s.',
      '',
    ].join('\n'),
  );
}

async function authorityIn(
  folder: string,
  validFrom: Date,
): Promise<{ authority: Authority; made: boolean }> {
  // The library takes a while to load, and no other command needs it.
  const { createAuthority, openAuthority } = await import('@ryzanstein/certificates');
  const [certificate, key] = await Promise.all(
    ['ca.pem', 'ca-key.pem'].map((file) => textOf(join(folder, file))),
  );
  if (certificate !== undefined && key !== undefined) {
    try {
      return { authority: await openAuthority({ certificate, key }), made: false };
    } catch (error) {
      throw new CommandFailure(
        `The authority in ${folder} cannot be used (${(error as Error).message}): mend ca.pem and ca-key.pem, or delete both to have a new one.`,
        1,
        { cause: error },
      );
    }
  }
  if (certificate !== undefined || key !== undefined)
    throw new CommandFailure(
      `${folder} has only one of ca.pem and ca-key.pem: bring back the other, or delete it to have a new authority.`,
    );
  const authority = await createAuthority({
    name: 'Ryzanstein local authority',
    validFrom,
    validUntil: new Date(validFrom.getTime() + authorityDays * dayMs),
  });
  await writePair(folder, 'ca', authority, 0o600);
  return { authority, made: true };
}

// The key goes first: who follows both waits until they fit.
async function writePair(
  folder: string,
  name: string,
  pair: KeyAndCertificate,
  keyMode: number,
): Promise<void> {
  await replace(join(folder, `${name}-key.pem`), pair.key, keyMode);
  await replace(join(folder, `${name}.pem`), pair.certificate, 0o644);
}

/** Never a file that is half written, nor a key that others can read for a moment. */
async function replace(path: string, content: string, mode: number): Promise<void> {
  const beside = `${path}.new`;
  await writeFile(beside, content, { mode: 0o600 });
  await chmod(beside, mode);
  await rename(beside, path);
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new CommandFailure(`${path} cannot be read (${code}).`, 1, { cause: error });
  }
}

function dateText(date: Date): string {
  return date.toISOString().slice(0, 10);
}
