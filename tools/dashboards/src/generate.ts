/**
 * Writes deploy/grafana/dashboards from the boards, and deploy/kibana/saved-objects.ndjson. With `--check` it writes nothing and exits 1 where
 * a file is out of date.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { leases } from './boards/leases.ts';
import { requests } from './boards/requests.ts';
import { serviceGraph } from './boards/service-graph.ts';
import { serving } from './boards/serving.ts';
import { telemetryHealth } from './boards/telemetry-health.ts';
import { traceLogs } from './boards/trace-logs.ts';
import { savedObjects } from './kibana.ts';
import { dashboardsFolder } from './queries.ts';

const files = new Map<URL, string>([
  [new URL('../../kibana/saved-objects.ndjson', dashboardsFolder), savedObjects()],
]);
for (const builder of [requests, serving, leases, serviceGraph, telemetryHealth, traceLogs]) {
  const dashboard = builder.build();
  const target = new URL(`${dashboard.uid?.replace('ryzanstein-', '')}.json`, dashboardsFolder);
  const options = await resolveConfig(target);
  files.set(target, await format(JSON.stringify(dashboard), { ...options, parser: 'json' }));
}

mkdirSync(dashboardsFolder, { recursive: true });
for (const [target, text] of files) {
  if (!process.argv.includes('--check')) writeFileSync(target, text);
  else if (!existsSync(target) || readFileSync(target, 'utf8') !== text) {
    const name = relative(process.cwd(), fileURLToPath(target));
    process.stderr.write(`${name} is out of date; run 'npm run generate'\n`);
    process.exitCode = 1;
  }
}
