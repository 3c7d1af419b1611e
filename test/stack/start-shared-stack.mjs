import { copyFileSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startStack } from '@ryzanstein/stack';

/** Before all suites. What is missing is built first, which takes half an hour on a small machine. */
export default async function startSharedStack() {
  // A copy that a suite may edit.
  const folder = mkdtempSync(join(tmpdir(), 'ryzanstein-sampling-'));
  const samplingFile = join(folder, 'sampling-strategies.json');
  copyFileSync('configs/sampling-strategies.json', samplingFile);
  globalThis.ryzansteinSamplingFile = samplingFile;
  globalThis.ryzansteinStack = await startStack({
    samplingFile,
    // What is counted should be there when a test looks, not five seconds later.
    env: { OTELCOL_METRICS_FLUSH_INTERVAL: '1s' },
    progress: (line) => process.stdout.write(`stack: ${line}\n`),
  });
}
