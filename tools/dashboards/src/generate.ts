/**
 * Writes deploy/grafana/dashboards from the boards. With `--check` it writes nothing and exits 1 where
 * a file is out of date.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { leases } from './boards/leases.ts';
import { requests } from './boards/requests.ts';
import { serviceGraph } from './boards/service-graph.ts';
import { serving } from './boards/serving.ts';
import { telemetryHealth } from './boards/telemetry-health.ts';
import { traceLogs } from './boards/trace-logs.ts';
import { dashboardsFolder } from './queries.ts';

mkdirSync(dashboardsFolder, { recursive: true });
for (const builder of [requests, serving, leases, serviceGraph, telemetryHealth, traceLogs]) {
  const dashboard = builder.build();
  const name = `${dashboard.uid?.replace('ryzanstein-', '')}.json`;
  const target = new URL(name, dashboardsFolder);
  const options = await resolveConfig(target);
  const text = await format(JSON.stringify(dashboard), { ...options, parser: 'json' });
  if (!process.argv.includes('--check')) writeFileSync(target, text);
  else if (!existsSync(target) || readFileSync(target, 'utf8') !== text) {
    process.stderr.write(`deploy/grafana/dashboards/${name} is out of date; run 'npm run generate'\n`);
    process.exitCode = 1;
  }
}
