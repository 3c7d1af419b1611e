import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { verificationReport } from './verification-report.mjs';

/** After all suites: stops the programs and says what ran. */
export default async function stopSharedStack() {
  const stack = globalThis.ryzansteinStack;
  if (stack === undefined) return;
  const versions = await stack.versions().catch((error) => ({ 'not told': String(error) }));
  const killed = await stack.stop();
  rmSync(dirname(globalThis.ryzansteinSamplingFile), { recursive: true, force: true });
  process.stdout.write(verificationReport(versions));
  if (killed.length > 0) throw new Error(`${killed.join(', ')} did not end by SIGTERM.`);
}
