import { ConfigError } from './config.ts';
import type { Variable } from './variables.ts';

/**
 * Listens at the address that a variable gave.
 *
 * @throws ConfigError naming the address and the variable that changes it.
 */
export async function listenOn<Result>(
  variable: Pick<Variable<string>, 'name'>,
  address: string,
  listen: (address: string) => Promise<Result>,
): Promise<Result> {
  try {
    return await listen(address);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError([
      /\bEADDRINUSE\b/.test(reason)
        ? `${address} is taken; stop what listens there, or set ${variable.name} to another address`
        : `cannot listen on ${address} (${reason}); ${variable.name} sets the address`,
    ]);
  }
}
