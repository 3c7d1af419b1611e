import { InterceptingCall, type Interceptor } from '@grpc/grpc-js';
import { CommandFailure, type CliIo } from './cli-io.ts';

/**
 * The key that the mesh is shown: that of RYZ_API_KEY, never an option's, because a command line can be read
 * by everyone on the machine.
 *
 * @throws CommandFailure where it is none, without repeating it.
 */
export function apiKeyOf(env: CliIo['env']): string | undefined {
  const key = env.RYZ_API_KEY?.trim() ?? '';
  if (key === '') return undefined;
  if (!/^[\x21-\x7e]{1,256}$/.test(key))
    throw new CommandFailure('RYZ_API_KEY is no key: it must be 1 to 256 visible ASCII characters.', 2);
  return key;
}

/** Shows the key with every call. */
export function showingKey(key: string): Interceptor {
  return (options, nextCall) =>
    new InterceptingCall(nextCall(options), {
      start(metadata, listener, next) {
        metadata.set('authorization', `Bearer ${key}`);
        next(metadata, listener);
      },
    });
}
