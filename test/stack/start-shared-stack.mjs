import { startStack } from '@ryzanstein/stack';

/** Before all suites. What is missing is built first, which takes half an hour on a small machine. */
export default async function startSharedStack() {
  globalThis.ryzansteinStack = await startStack({
    // What is counted should be there when a test looks, not five seconds later.
    env: { OTELCOL_METRICS_FLUSH_INTERVAL: '1s' },
    progress: (line) => process.stdout.write(`stack: ${line}\n`),
  });
}
