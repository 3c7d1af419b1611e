import { strategyText } from '@ryzanstein/tracing/sampling';
import { readEndpointStrategies, readFileStrategies, StrategiesError } from '../sampling/read-strategies.ts';
import { askJson } from './ask-http.ts';
import type { Facts } from './facts.ts';
import { none } from './places.ts';

const edge = 'ryzanstein-api';
const chat = 'ryzanstein.api.v1.LlmService/Chat';

/** What decides about traces that begin at the api-server: a file, or Jaeger's endpoint. */
export async function askSampling(
  from: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<Facts['sampling']> {
  if (from === none) return { state: 'skipped', why: `--sampling is ${none}` };
  const endpoint = from !== undefined && /^https?:/.test(from) ? from : undefined;
  try {
    const found =
      endpoint === undefined
        ? readFileStrategies([edge], [edge], from ?? (env.RYZ_SAMPLING_FILE?.trim() || undefined))
        : await readEndpointStrategies([edge], endpoint, signal);
    const strategies = found.services[0]?.strategies;
    if (strategies === undefined) return { state: 'skipped', why: `${found.from} names no strategies` };
    const { strategy } = strategies.operations.get(chat) ?? strategies.all;
    const raw = endpoint === undefined ? undefined : await askJson(`${endpoint}?service=${edge}`, { signal });
    const served = (raw as { rateLimitingSampling?: { maxTracesPerSecond?: number } } | undefined)
      ?.rateLimitingSampling;
    return {
      state: 'answered',
      url: found.from,
      value: {
        text: strategyText(strategy),
        ...(strategy.kind === 'probabilistic' ? { probability: strategy.probability } : {}),
        ...(strategy.kind === 'ratelimiting' ? { perSecond: strategy.tracesPerSecond } : {}),
        // Jaeger cuts rates to whole numbers: 0.5 a second becomes none at all.
        truncated: served?.maxTracesPerSecond === 0,
      },
    };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof StrategiesError)
      return { state: 'silent', url: from ?? 'the strategies file', reason: error.message };
    throw error;
  }
}
