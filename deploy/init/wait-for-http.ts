/**
 * Ends when an address answers with success: `node wait-for-http.ts <url> <seconds>`. For programs
 * whose image has nothing to ask them with.
 */
import { setTimeout as pause } from 'node:timers/promises';

const [url = '', seconds = '60'] = process.argv.slice(2);
const until = performance.now() + Number(seconds) * 1_000;

for (;;) {
  const trouble = await fetch(url, { signal: AbortSignal.timeout(2_000) }).then(
    ({ ok, status }) => (ok ? '' : `it answers ${status}`),
    (error: Error & { cause?: { code?: string } }) => error.cause?.code ?? error.message,
  );
  if (trouble === '') break;
  if (performance.now() > until) {
    process.stderr.write(`${url} is not ready after ${seconds} s: ${trouble}\n`);
    process.exit(1);
  }
  await pause(200);
}
