/** Writes everything that is generated from something else; `--check` only tells what is out of date. */
import { spawnSync } from 'node:child_process';

const generators = [
  'libs/contracts/scripts/generate.ts',
  'libs/tracing/scripts/generate-docs.ts',
  'scripts/generate-configuration.ts',
  'scripts/generate-stack.ts',
  'scripts/generate-templates.ts',
  'tools/dashboards/src/generate.ts',
  'tools/cli/scripts/generate-troubleshooting.ts',
];

for (const generator of generators) {
  const { status } = spawnSync(process.execPath, [generator, ...process.argv.slice(2)], { stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}
