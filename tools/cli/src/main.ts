import { writeSync } from 'node:fs';
import { runCli } from './program.ts';

// Put in by the bundler; from source there is none.
declare const RYZ_VERSION: string | undefined;

// A terminal and a parent process may both pass on one Ctrl-C.
const sameSignalMs = 500;

const interrupted = new AbortController();
let interruptedAt: number | undefined;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => {
    interruptedAt ??= performance.now();
    if (performance.now() - interruptedAt > sameSignalMs) process.exit(130);
    interrupted.abort();
  });
// A reader that has seen enough (`ryz trace … | head`) is no failure.
for (const output of [process.stdout, process.stderr])
  output.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    if (output === process.stdout)
      writeSync(process.stderr.fd, `The output cannot be written: ${error.message}.\n`);
    process.exit(1);
  });

process.exitCode = await runCli(process.argv.slice(2), {
  env: process.env,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  interrupted: interrupted.signal,
  version: typeof RYZ_VERSION === 'string' ? RYZ_VERSION : 'from source',
});
