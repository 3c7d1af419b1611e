/**
 * Prepares Elasticsearch and ends: `node init.ts`. May run at every start.
 *
 * ELASTICSEARCH_URL      the node (http://elasticsearch:9200)
 * RYZ_ES_SECURITY        on (default) or off: off skips users and retention, and says so
 * RYZ_ES_SECRETS_DIR     folder of the passwords (/run/secrets/ryzanstein), one file each:
 *                        elastic-password, and <user>-password of those that are made
 * RYZ_ES_INIT_WAIT_MS    how long the node may take until it answers (300000)
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { elasticsearchClient } from './elasticsearch-client.ts';
import { prepareElasticsearch } from './prepare.ts';

const { env } = process;
const setting = (name: string, value: string): string => (env[name] ?? '') || value;
const url = setting('ELASTICSEARCH_URL', 'http://elasticsearch:9200');
const mode = setting('RYZ_ES_SECURITY', 'on');
const secrets = setting('RYZ_ES_SECRETS_DIR', '/run/secrets/ryzanstein');
const passwordOf = (user: string) => readFileSync(join(secrets, `${user}-password`), 'utf8').trim();

try {
  if (mode !== 'on' && mode !== 'off') throw new Error(`RYZ_ES_SECURITY is on or off, not ${mode}`);
  const security = mode === 'on';
  await prepareElasticsearch({
    client: elasticsearchClient(
      url,
      security ? { user: 'elastic', password: passwordOf('elastic') } : undefined,
    ),
    security,
    passwordOf,
    say: (line) => process.stdout.write(`${line}\n`),
    now: () => performance.now(),
    pause: (ms) => pause(ms),
    waitMs: Number(setting('RYZ_ES_INIT_WAIT_MS', '300000')),
  });
} catch (error) {
  const { message, cause } = error as Error;
  process.stderr.write(`${message}${cause instanceof Error ? ` (${cause.message})` : ''}\n`);
  process.exitCode = 1;
}
