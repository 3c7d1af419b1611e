import { timingSafeEqual } from 'node:crypto';
import { RpcError } from '@ryzanstein/rpc';
import {
  apiKeyDigest,
  ConfigError,
  followFiles,
  parseApiKeys,
  type ApiKey,
  type Clock,
  type Logger,
} from '@ryzanstein/runtime';
import { bearerToken } from './domain/bearer-token.ts';

/**
 * Gives the name of the key that the values of `authorization` show.
 *
 * @throws RpcError UNAUTHENTICATED, the same for each key that is not in force: whether it never was, or
 * no longer is, concerns nobody who has none.
 */
export type CheckKey = (authorization: readonly unknown[]) => string;

/** The keys of a file, as it is now. */
export interface ApiKeys {
  /** Absent where no file says who may call: anyone may. */
  readonly check?: CheckKey;
  /** Looks for changes now; they are found within a second by themselves. */
  look(): Promise<void>;
  stop(): void;
}

export interface ApiKeysOptions {
  readonly file: string | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Reads the keys and follows their file. What runs when a key is revoked goes on; what comes is refused.
 *
 * @throws ConfigError where the file cannot be read, naming the line at fault. Later the keys that were in
 * force stay so, and the log says why, once.
 */
export function openApiKeys({ file, clock, logger }: ApiKeysOptions): ApiKeys {
  if (file === undefined) return { look: async () => {}, stop() {} };
  let keys: readonly ApiKey[] = [];
  const tell = (): void => {
    if (keys.length === 0)
      logger.warn({ source: file }, 'the file of API keys has none: all calls are refused');
  };
  try {
    const followed = followFiles({
      files: [file],
      clock,
      take: ([text = '']) => (keys = parseApiKeys(text)),
      onChange() {
        logger.info({ source: file }, 'the API keys have changed');
        tell();
      },
      onTrouble: (sentence) =>
        logger.error({ source: file }, `the API keys stay as they were, because ${sentence}`),
    });
    tell();
    return { check: keyCheck(() => keys), look: () => followed.look(), stop: () => followed.stop() };
  } catch (error) {
    throw new ConfigError([`RYZ_API_KEYS_FILE: ${(error as Error).message}`]);
  }
}

/** Checks against the keys of the moment. */
export function keyCheck(keysNow: () => readonly ApiKey[]): CheckKey {
  return (authorization) => {
    const shown = bearerToken(authorization);
    if (shown.kind === 'none') throw refusal('An API key is asked for; send `authorization: Bearer <key>`.');
    if (shown.kind === 'malformed')
      throw refusal('The authorization cannot be read; send `authorization: Bearer <key>`, once.');
    const name = nameOf(apiKeyDigest(shown.token), keysNow());
    if (name === undefined)
      throw refusal('The API key is not valid here; ask whoever runs this server for one that is.');
    return name;
  };
}

// All are compared, each in constant time: how long it takes tells nothing of the keys.
function nameOf(digest: Buffer, keys: readonly ApiKey[]): string | undefined {
  let found: string | undefined;
  for (const key of keys) if (timingSafeEqual(key.digest, digest)) found = key.name;
  return found;
}

function refusal(message: string): RpcError {
  return new RpcError('UNAUTHENTICATED', message);
}
