import { stackCommand } from './stack-command.ts';

process.exitCode = await stackCommand(process.argv.slice(2), process.stdout);
