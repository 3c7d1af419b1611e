/**
 * Runs once before the stack, as root with no other capability than to give files away: makes the
 * secrets that are not there yet, each readable by the one user that needs it, and hands the
 * Collector its queue.
 *
 * A secret that exists is never changed: whoever stores data has been told it.
 */
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Where secrets are made: what Elasticsearch's start needs, and what the other programs need. */
export interface SecretFolders {
  readonly elasticsearch: string;
  readonly stack: string;
}

type SecretFile = [path: string, owner: number, text: string];

const users = { elasticsearch: 1000, kibana: 1000, collector: 10001, jaeger: 10001, grafana: 472 };

const random = (): string => randomBytes(24).toString('base64url');

/**
 * What is made: the file, its owner and its text.
 *
 * Elasticsearch's own folder has every password, because its first start creates the users; the
 * other folder has, beside them, what each of the programs needs of these.
 */
function files({ elasticsearch, stack }: SecretFolders, grafanaPassword: string): SecretFile[] {
  const passwords = {
    elastic: random(),
    ryzanstein_collector: random(),
    ryzanstein_jaeger: random(),
    ryzanstein_reader: random(),
    kibana_system: random(),
  };
  const kibana = [
    `elasticsearch.password: '${passwords.kibana_system}'`,
    `xpack.encryptedSavedObjects.encryptionKey: '${random()}'`,
    `xpack.security.encryptionKey: '${random()}'`,
    `xpack.reporting.encryptionKey: '${random()}'`,
  ];
  return [
    ...Object.entries(passwords).map(([name, text]): SecretFile => [
      join(elasticsearch, `${name}-password`),
      users.elasticsearch,
      text,
    ]),
    [join(stack, 'ryzanstein_collector-password'), users.collector, passwords.ryzanstein_collector],
    [join(stack, 'ryzanstein_jaeger-password'), users.jaeger, passwords.ryzanstein_jaeger],
    [join(stack, 'ryzanstein_reader-password'), users.grafana, passwords.ryzanstein_reader],
    [join(stack, 'grafana-admin-password'), users.grafana, grafanaPassword],
    [join(stack, 'kibana.yml'), users.kibana, `${kibana.join('\n')}\n`],
  ];
}

/**
 * Makes all secrets or, where they have been made, none.
 *
 * @returns how many files were written
 */
export function makeSecrets(
  folders: SecretFolders,
  {
    grafanaPassword,
    own = chownSync,
  }: {
    readonly grafanaPassword: string;
    readonly own?: (path: string, user: number, group: number) => void;
  },
): number {
  // Written last: a start that was cut short makes them all anew.
  const done = join(folders.stack, 'made');
  if (existsSync(done)) return 0;
  const made = files(folders, grafanaPassword);
  for (const [path, owner, text] of made) {
    // One from a start that was cut short belongs to its user already, and cannot be written.
    rmSync(path, { force: true });
    writeFileSync(path, text, { mode: 0o600 });
    own(path, owner, 0);
  }
  writeFileSync(done, '');
  return made.length;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? 'nothing').href) {
  const folders = { elasticsearch: '/elasticsearch-secrets', stack: '/secrets' };
  const made = makeSecrets(folders, { grafanaPassword: process.env.GRAFANA_ADMIN_PASSWORD ?? 'ryzanstein' });
  process.stdout.write(made === 0 ? 'The secrets are there.\n' : `Made ${made} secrets.\n`);
  chownSync('/collector-queue', users.collector, users.collector);
}
