import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { probabilistic, rateLimited, type RootDecision } from './sampler.ts';

/** Read where RYZ_SAMPLING_FILE is not set, below the working directory. */
export const defaultSamplingFile = 'configs/sampling-strategies.json';

/** Strategies as a file gave them, or what is wrong with it, in a sentence. */
export type StrategiesFile =
  { readonly root: RootDecision } | { readonly root: undefined; readonly problem?: string };

interface Strategy {
  readonly type?: unknown;
  readonly param?: unknown;
  readonly operation_strategies?: unknown;
}

/**
 * Reads sampling strategies in Jaeger's format, as they concern `service`. What the file does not
 * name is kept whole. `path` undefined: the default file, whose absence is no problem.
 */
export function readStrategiesFile(path: string | undefined, service: string): StrategiesFile {
  const file = resolve(path ?? defaultSamplingFile);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    if (missing && path === undefined) return { root: undefined };
    return { root: undefined, problem: `${file} cannot be read (${messageOf(error)})` };
  }
  try {
    return { root: strategiesFor(service, JSON.parse(text)) };
  } catch (error) {
    return { root: undefined, problem: `${file} is not a sampling strategies file: ${messageOf(error)}` };
  }
}

/**
 * The decision for roots of `service` among strategies in Jaeger's format.
 *
 * @throws Error with a sentence that names the field that is wrong.
 */
export function strategiesFor(service: string, file: unknown): RootDecision {
  const { default_strategy: fallback, service_strategies: services } = record(file, 'the file');
  const own = list(services, 'service_strategies').find(
    (one) => record(one, 'service_strategies').service === service,
  );
  const defaults = fallback === undefined ? undefined : record(fallback, 'default_strategy');
  const strategy: Strategy = own === undefined ? (defaults ?? {}) : record(own, `the strategy of ${service}`);
  const root = decisionOf(strategy, service, defaults);
  const operations = new Map<string, RootDecision>();
  // A service's own operations win over the default ones, as in Jaeger.
  for (const source of [defaults, strategy]) {
    for (const entry of list(source?.operation_strategies, 'operation_strategies')) {
      const operation = record(entry, 'operation_strategies');
      if (typeof operation.operation !== 'string')
        throw new Error('an operation strategy has no "operation"');
      operations.set(operation.operation, decisionOf(operation, service, undefined));
    }
  }
  if (operations.size === 0) return root;
  return { decide: (traceId, spanName) => (operations.get(spanName) ?? root).decide(traceId, spanName) };
}

function decisionOf(strategy: Strategy, service: string, fallback: Strategy | undefined): RootDecision {
  const { type, param } = strategy;
  if (type === undefined) {
    return fallback?.type === undefined
      ? probabilistic(1, service)
      : decisionOf(fallback, service, undefined);
  }
  if (typeof param !== 'number' || !Number.isFinite(param) || param < 0) {
    throw new Error(
      `the "param" of a ${JSON.stringify(type)} strategy must be a number from 0, not ${JSON.stringify(param)}`,
    );
  }
  if (type === 'probabilistic') {
    if (param > 1)
      throw new Error(`the "param" of a probabilistic strategy must be from 0 to 1, not ${param}`);
    return probabilistic(param, service);
  }
  if (type === 'ratelimiting') return rateLimited(param, service);
  throw new Error(`a strategy's "type" must be probabilistic or ratelimiting, not ${JSON.stringify(type)}`);
}

function record(value: unknown, what: string): Record<string, unknown> & Strategy {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw new Error(`${what} must hold an object, not ${JSON.stringify(value)}`);
}

function list(value: unknown, what: string): unknown[] {
  if (value === undefined) return [];
  if (Array.isArray(value)) return value;
  throw new Error(`${what} must be a list`);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
