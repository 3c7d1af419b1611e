import { resolve } from 'node:path';

/** Read where RYZ_SAMPLING_FILE is not set, below the working directory, where it exists. */
const defaultSamplingFile = 'configs/sampling-strategies.json';

/**
 * The file that strategies are read from.
 *
 * @param named what RYZ_SAMPLING_FILE says.
 *
 * @example
 * const { file, optional } = samplingFile(process.env.RYZ_SAMPLING_FILE);
 */
export function samplingFile(named: string | undefined): { file: string; optional: boolean } {
  return { file: resolve(named ?? defaultSamplingFile), optional: named === undefined };
}
