import { serveCommand } from './serve-command.ts';

// A terminal that went away must not keep the process from being stopped.
for (const output of [process.stdout, process.stderr]) output.on('error', () => {});

process.exitCode = await serveCommand(process.argv.slice(2), {
  env: process.env,
  output: process.stdout,
  process,
});
