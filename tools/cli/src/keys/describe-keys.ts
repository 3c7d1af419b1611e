import type { Command } from 'commander';
import type { CliIo } from '../cli-io.ts';
import { runListKeys, runNewKey, runRevokeKey, type KeysOptions } from './keys-command.ts';

/** Adds `ryz keys` and what it does. */
export function addKeys(program: Command, io: CliIo): void {
  const keys = program.command('keys').description('make, list and revoke the API keys of the api-server');
  const add = (usage: string, description: string): Command =>
    keys
      .command(usage)
      .description(description)
      .option('-f, --file <path>', 'file of the keys (env: RYZ_API_KEYS_FILE)')
      .option('--json', 'print one JSON object');
  add('new <name>', 'print a new key, this once, and add its hash to the file').action(
    (name: string, options: KeysOptions) => runNewKey(name, options, io),
  );
  add('list', 'show whose keys there are').action((options: KeysOptions) => runListKeys(options, io));
  add('revoke <name>', 'take a key out of the file: calls with it are refused, those that run go on').action(
    (name: string, options: KeysOptions) => runRevokeKey(name, options, io),
  );
}
