import { readdirSync, readFileSync } from 'node:fs';
import { ElasticsearchRefusal, type ElasticsearchClient } from './elasticsearch-client.ts';

/** What the preparation needs to know. */
export interface Preparation {
  readonly client: ElasticsearchClient;
  /** Off where the node has neither users nor lifecycles. */
  readonly security: boolean;
  /** The password of a user, read when it is needed. */
  readonly passwordOf: (user: string) => string;
  /** Takes a line for each thing that was done or left out. */
  readonly say: (line: string) => void;
  readonly now: () => number;
  readonly pause: (ms: number) => Promise<void>;
  /** How long the node may take until it answers. */
  readonly waitMs: number;
}

/** A user with one role, of the same name. */
const users = ['ryzanstein_collector', 'ryzanstein_jaeger', 'ryzanstein_reader'];

const read = (path: string): unknown => JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));

/**
 * Makes a node ready for the mesh's telemetry: templates, and where the node has security, retention,
 * roles and users. Everything is put whole, so that it may run at every start.
 *
 * @throws ElasticsearchRefusal where the node refuses something, Error where it does not answer in time
 */
export async function prepareElasticsearch(preparation: Preparation): Promise<void> {
  const { client, security, say } = preparation;
  await answering(preparation);
  if (security) {
    await client.send(
      'PUT',
      '_component_template/ryzanstein-retention',
      read('templates/component-ryzanstein-retention.json'),
    );
    say('retention: 7 days');
  } else say('retention: skipped, RYZ_ES_SECURITY is off');
  // A component has to be there before the templates that are made of it.
  await client.send(
    'PUT',
    '_component_template/ryzanstein-common',
    read('templates/component-ryzanstein-common.json'),
  );
  for (const name of ['ryzanstein-logs', 'ryzanstein-traces'])
    await client.send('PUT', `_index_template/${name}`, read(`templates/index-${name}.json`));
  say('templates: ryzanstein-common, ryzanstein-logs, ryzanstein-traces');
  if (security) await putUsers(preparation);
  else say('users and roles: skipped, RYZ_ES_SECURITY is off');
}

async function answering({ client, now, pause, waitMs, say }: Preparation): Promise<void> {
  const until = now() + waitMs;
  for (;;) {
    let reason: unknown;
    try {
      const health = await client.send('GET', '_cluster/health?wait_for_status=yellow&timeout=5s');
      if (health !== undefined) return;
      reason = 'it answers 404';
    } catch (error) {
      // A wrong password does not become right by waiting.
      if (error instanceof ElasticsearchRefusal && (error.status === 401 || error.status === 403))
        throw error;
      reason = error instanceof Error ? (error.cause ?? error) : error;
    }
    if (now() >= until) throw new Error(`Elasticsearch was not ready within ${waitMs} ms`, { cause: reason });
    say('waiting for Elasticsearch');
    await pause(1_000);
  }
}

async function putUsers({ client, passwordOf, say }: Preparation): Promise<void> {
  for (const file of readdirSync(new URL('roles/', import.meta.url)).sort()) {
    const role = file.replace(/\.json$/, '');
    await client.send('PUT', `_security/role/${role}`, read(`roles/${file}`));
  }
  for (const user of users)
    await client.send('PUT', `_security/user/${user}`, { password: passwordOf(user), roles: [user] });
  // Kibana's user is there from the beginning, without a password.
  const kibana = await client.send('POST', '_security/user/kibana_system/_password', {
    password: passwordOf('kibana_system'),
  });
  if (kibana === undefined) throw new Error('the node has no user kibana_system');
  say(`users: ${users.join(', ')}, kibana_system`);
}
