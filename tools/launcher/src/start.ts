import { startCommand } from './start-command.ts';

// A terminal that went away must not keep the processes from being stopped.
for (const output of [process.stdout, process.stderr]) output.on('error', () => {});

process.exitCode = await startCommand(process.argv.slice(2), {
  env: process.env,
  output: process.stdout,
  process,
});
