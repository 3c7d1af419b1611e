/**
 * Writes docs/configuration.md from the environment tables of the processes.
 *
 * `node scripts/generate-configuration.ts` writes; with `--check` it exits 1 where the committed
 * page differs from what would be written.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { configReference, type ConfigTable } from '@ryzanstein/runtime';
import { configTable as apiServer } from '../apps/api-server/src/config.ts';
import { configTable as coordinator } from '../apps/gpu-coordinator/src/config.ts';
import { configTable as engine } from '../apps/inference-engine/src/config.ts';
import { launcherConfig } from '../tools/launcher/src/config.ts';
import { traceboxConfig as tracebox } from '../tools/tracebox/src/config.ts';

const target = new URL('../docs/configuration.md', import.meta.url);

const sections: readonly (readonly [title: string, about: string, table: ConfigTable])[] = [
  [
    'npm start',
    'Read by the launcher, which passes the rest of its environment on to the processes.',
    launcherConfig,
  ],
  ['api-server', 'The public edge.', apiServer],
  ['gpu-coordinator', 'Devices, leases and the fair queue.', coordinator],
  ['inference-engine', 'The model.', engine],
  ['tracebox', 'The embedded trace store.', tracebox],
];

const page = [
  '<!-- Generated from the tables in the projects; do not edit. Rebuild with `npm run generate`. -->',
  '# Configuration',
  'Each process reads its environment once, at its start, and refuses to start with a list of everything that is wrong in it. An empty value counts as absent.',
  'Telemetry is configured by the standard `OTEL_*` variables; [`libs/tracing`](../libs/tracing/README.md) lists those that are read.',
  ...sections.map(([title, about, table]) => `## ${title}\n\n${about}\n\n${configReference(table)}`),
].join('\n\n');

const options = await resolveConfig(target);
const text = await format(page, { ...options, parser: 'markdown' });
if (!process.argv.includes('--check')) writeFileSync(target, text);
else if (readFileSync(target, 'utf8') !== text) {
  process.stderr.write("docs/configuration.md is out of date; run 'npm run generate'\n");
  process.exitCode = 1;
}
