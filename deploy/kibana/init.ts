/**
 * Imports data views and saved searches into Kibana and ends: `node init.ts`. May run at every start.
 *
 * KIBANA_URL             (http://kibana:5601)
 * RYZ_ES_SECURITY        on (default) or off
 * RYZ_ES_SECRETS_DIR     folder of elastic-password (/run/secrets/ryzanstein)
 * RYZ_KIBANA_WAIT_MS     how long Kibana may take until it answers (600000)
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const { env } = process;
const setting = (name: string, value: string): string => (env[name] ?? '') || value;
const url = setting('KIBANA_URL', 'http://kibana:5601');
const headers: Record<string, string> = { 'kbn-xsrf': 'ryzanstein' };
if (setting('RYZ_ES_SECURITY', 'on') === 'on') {
  const folder = setting('RYZ_ES_SECRETS_DIR', '/run/secrets/ryzanstein');
  const password = readFileSync(join(folder, 'elastic-password'), 'utf8').trim();
  headers.authorization = `Basic ${Buffer.from(`elastic:${password}`).toString('base64')}`;
}

async function available(): Promise<boolean> {
  try {
    const response = await fetch(new URL('/api/status', url), {
      headers,
      signal: AbortSignal.timeout(10_000),
    });
    const { status } = (await response.json()) as { status?: { overall?: { level?: string } } };
    return status?.overall?.level === 'available';
  } catch {
    return false;
  }
}

const until = performance.now() + Number(setting('RYZ_KIBANA_WAIT_MS', '600000'));
let ready = await available();
while (!ready && performance.now() < until) {
  await pause(1_000);
  ready = await available();
}

const form = new FormData();
const objects = readFileSync(new URL('saved-objects.ndjson', import.meta.url));
form.set('file', new Blob([objects]), 'saved-objects.ndjson');
const answer = ready
  ? await fetch(new URL('/api/saved_objects/_import?overwrite=true', url), {
      method: 'POST',
      headers,
      body: form,
    })
  : undefined;
const text = await answer?.text();
if (answer?.ok === true && (JSON.parse(text ?? '') as { success?: boolean }).success === true)
  process.stdout.write('data views and saved searches: imported\n');
else {
  process.stderr.write(`Kibana ${ready ? `refused: ${answer?.status} ${text}` : 'was not ready in time'}\n`);
  process.exitCode = 1;
}
