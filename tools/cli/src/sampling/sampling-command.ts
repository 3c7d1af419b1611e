import pc from 'picocolors';
import { CommandFailure, usesColors, type CliIo } from '../cli-io.ts';
import { readEndpointStrategies, readFileStrategies, StrategiesError } from './read-strategies.ts';
import { strategiesJson, strategyLines } from './strategies-text.ts';

/** The options of `ryz sampling`. */
export interface SamplingOptions {
  /** Undefined: what RYZ_SAMPLING_FILE names, or the default file. */
  readonly file?: string;
  readonly endpoint?: string;
  readonly json?: boolean;
}

// In the order in which a request meets them.
const meshServices = ['ryzanstein-api', 'ryzanstein-gpu', 'ryzanstein-inference'];

/** Prints which strategies decide about traces that begin in each service, and why. */
export async function runSampling(
  services: readonly string[],
  options: SamplingOptions,
  io: CliIo,
): Promise<void> {
  const { endpoint, file } = options;
  if (endpoint !== undefined && file !== undefined)
    throw new CommandFailure('Strategies come from a file or from an endpoint: name one of them.', 2);
  const asked = services.length > 0 ? services : undefined;
  try {
    const found =
      endpoint === undefined
        ? readFileStrategies(asked, meshServices, file ?? (io.env.RYZ_SAMPLING_FILE?.trim() || undefined))
        : await readEndpointStrategies(asked ?? meshServices, endpoint, io.interrupted);
    if (options.json === true) {
      io.stdout.write(`${JSON.stringify(strategiesJson(found))}\n`);
      return;
    }
    const colors = pc.createColors(usesColors(io.stdout, io.env));
    if (found.remark !== undefined) io.stderr.write(`${colors.yellow(found.remark)}\n`);
    const [head = '', ...rows] = strategyLines(found.services);
    io.stdout.write(`${[colors.bold(head), ...rows].join('\n')}\n`);
  } catch (error) {
    if (io.interrupted.aborted) throw new CommandFailure('Cancelled.', 130, { cause: error });
    if (error instanceof StrategiesError) throw new CommandFailure(error.message, 1, { cause: error });
    throw error;
  }
}
