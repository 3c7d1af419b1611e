import { listOf, objectOf, probabilityOf, rateOf, shown, textOf, type JsonObject } from './json-shape.ts';
import {
  keptWhole,
  type ServiceStrategies,
  type SourcedStrategy,
  type Strategy,
  type StrategySource,
} from './strategies.ts';

/**
 * Sampling strategies in Jaeger's file format.
 *
 * @example
 * const sourcesOf = ({ services, strategiesOf }: StrategiesFile) =>
 *   services.map((service) => `${service}: ${strategiesOf(service).all.source}`);
 */
export interface StrategiesFile {
  /** Services that have an entry of their own, in the order of the file. */
  readonly services: readonly string[];
  /** What the file means for a service, named in it or not. */
  readonly strategiesOf: (service: string) => ServiceStrategies;
}

/** An entry of the file; without a strategy where it only lists operations. */
interface Entry {
  readonly strategy: Strategy | undefined;
  readonly operations: ReadonlyMap<string, Strategy>;
}

/**
 * Reads the whole file, also what it says of other services, so that all of them agree whether it is
 * broken. As in Jaeger, the later of two entries wins, and the default operations are those of every
 * service that does not have them itself. Unlike Jaeger it also limits the rate of single operations,
 * takes rates below one per second, and keeps whole what nothing names.
 *
 * @throws Error with a sentence that names the field that is wrong.
 *
 * @example
 * const file = parseStrategiesFile('{"default_strategy":{"type":"ratelimiting","param":5}}');
 * console.log(strategyText(file.strategiesOf('my-service').all.strategy)); // ratelimiting 5/s
 */
export function parseStrategiesFile(text: string): StrategiesFile {
  const file = objectOf(jsonOf(text), 'the file');
  const { default_strategy: fallback = null, service_strategies: services } = file;
  const defaults = fallback === null ? undefined : entryOf(fallback, 'default_strategy');
  const own = new Map<string, Entry>();
  for (const [index, value] of listOf(services, 'service_strategies').entries()) {
    const at = `service_strategies[${index}]`;
    const service = textOf(objectOf(value, at).service, `${at}.service`);
    own.set(service, entryOf(value, `${at} (${service})`));
  }
  return {
    services: [...own.keys()],
    strategiesOf: (service) => merged(own.get(service), defaults),
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`the file holds no JSON (${(error as Error).message})`, { cause: error });
  }
}

function entryOf(value: unknown, at: string): Entry {
  const entry = objectOf(value, at);
  const operations = new Map<string, Strategy>();
  for (const [index, one] of listOf(entry.operation_strategies, `${at}.operation_strategies`).entries()) {
    const within = `${at}.operation_strategies[${index}]`;
    const operation = objectOf(one, within);
    operations.set(textOf(operation.operation, `${within}.operation`), strategyOf(operation, within));
  }
  return { strategy: entry.type === undefined ? undefined : strategyOf(entry, at), operations };
}

function strategyOf({ type, param }: JsonObject, at: string): Strategy {
  if (type === 'probabilistic')
    return { kind: 'probabilistic', probability: probabilityOf(param, `${at}.param`) };
  if (type === 'ratelimiting') return { kind: 'ratelimiting', tracesPerSecond: rateOf(param, `${at}.param`) };
  throw new Error(`${at}.type must be "probabilistic" or "ratelimiting", not ${shown(type)}`);
}

function merged(own: Entry | undefined, defaults: Entry | undefined): ServiceStrategies {
  const operations = new Map<string, SourcedStrategy>();
  const add = (entry: Entry | undefined, source: StrategySource) => {
    for (const [name, strategy] of entry?.operations ?? []) operations.set(name, { strategy, source });
  };
  add(defaults, 'default');
  add(own, 'service entry');
  return { all: allOf(own, defaults), operations, atLeastPerSecond: 0 };
}

function allOf(own: Entry | undefined, defaults: Entry | undefined): SourcedStrategy {
  if (own?.strategy !== undefined) return { strategy: own.strategy, source: 'service entry' };
  if (defaults?.strategy !== undefined) return { strategy: defaults.strategy, source: 'default' };
  return keptWhole.all;
}
