import { readFileSync } from 'node:fs';
import {
  keptWhole,
  parseStrategiesAnswer,
  parseStrategiesFile,
  requestStrategies,
  samplingFile,
  type ServiceStrategies,
} from '@ryzanstein/tracing/sampling';

/** Strategies could not be read; the message is a sentence for its user. */
export class StrategiesError extends Error {
  override readonly name = 'StrategiesError';
}

/** A service and its strategies. */
export interface NamedStrategies {
  /** Undefined: every service that has no line of its own. */
  readonly service: string | undefined;
  readonly strategies: ServiceStrategies;
}

/** What a file or an endpoint says. */
export interface FoundStrategies {
  readonly kind: 'file' | 'endpoint';
  /** Path or address. */
  readonly from: string;
  readonly services: readonly NamedStrategies[];
  /** A sentence beside them. */
  readonly remark?: string;
}

// No service can have this name, so that a file says of it what it says of every stranger.
const stranger = '';
const answerWithinMs = 5_000;

/**
 * Reads a file as the services do.
 *
 * @param asked undefined: `usual` ones, those that the file names, and one line for all others.
 * @param path undefined: the default file, which need not exist.
 */
export function readFileStrategies(
  asked: readonly string[] | undefined,
  usual: readonly string[],
  path: string | undefined,
): FoundStrategies {
  const { file, optional } = samplingFile(path);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' || !optional)
      throw new StrategiesError(
        `${file} cannot be read (${code ?? message}): services keep what they read before, or every trace.`,
        { cause: error },
      );
    return {
      kind: 'file',
      from: file,
      services: [...(asked ?? usual), ...(asked === undefined ? [undefined] : [])].map((service) => ({
        service,
        strategies: keptWhole,
      })),
      remark: `There is no ${file}, and RYZ_SAMPLING_FILE names no other: every trace is kept.`,
    };
  }
  try {
    const { services, strategiesOf } = parseStrategiesFile(text);
    const named = asked ?? [...new Set([...usual, ...services])];
    return {
      kind: 'file',
      from: file,
      services: [
        ...named.map((service) => ({ service, strategies: strategiesOf(service) })),
        ...(asked === undefined ? [{ service: undefined, strategies: strategiesOf(stranger) }] : []),
      ],
    };
  } catch (error) {
    throw new StrategiesError(
      `${file} is not a sampling strategies file: ${(error as Error).message}. Services keep what they read before, or every trace.`,
      { cause: error },
    );
  }
}

/** Asks an endpoint for one service after the other. */
export async function readEndpointStrategies(
  services: readonly string[],
  endpoint: string,
  signal: AbortSignal,
): Promise<FoundStrategies> {
  const found: NamedStrategies[] = [];
  for (const service of services) {
    try {
      const text = await requestStrategies(endpoint, service, { timeoutMs: answerWithinMs, signal });
      found.push({ service, strategies: parseStrategiesAnswer(text) });
    } catch (error) {
      throw new StrategiesError(
        `${endpoint} gives no sampling strategies of ${service}: ${(error as Error).message}. Jaeger's is http://<host>:5778/sampling.`,
        { cause: error },
      );
    }
  }
  return { kind: 'endpoint', from: endpoint, services: found };
}
