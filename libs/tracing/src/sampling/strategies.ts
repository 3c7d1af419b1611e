/**
 * How often a trace that begins here is kept.
 *
 * @example
 * const strategy: Strategy = { kind: 'probabilistic', probability: 0.1 };
 */
export type Strategy =
  | { readonly kind: 'probabilistic'; readonly probability: number }
  | { readonly kind: 'ratelimiting'; readonly tracesPerSecond: number };

/**
 * Why a strategy is in force: the service's own entry says so, the default one does, or nothing names
 * it. `endpoint`: a server said so, and does not say why.
 *
 * @example
 * const isNamed = (source: StrategySource) => source !== 'nothing named';
 * console.log(isNamed(keptWhole.all.source)); // false
 */
export type StrategySource = 'service entry' | 'default' | 'nothing named' | 'endpoint';

/**
 * A strategy and why it is in force.
 *
 * @example
 * const textOf = ({ strategy, source }: SourcedStrategy) => `${strategyText(strategy)} (${source})`;
 * console.log(textOf(keptWhole.all)); // probabilistic 1 (nothing named)
 */
export interface SourcedStrategy {
  readonly strategy: Strategy;
  readonly source: StrategySource;
}

/**
 * All that decides about traces that begin in one service.
 *
 * @example
 * const strategyOf = ({ all, operations }: ServiceStrategies, root: string) => operations.get(root) ?? all;
 * console.log(strategyOf(keptWhole, 'chat').source); // nothing named
 */
export interface ServiceStrategies {
  /** Of roots that no operation names. */
  readonly all: SourcedStrategy;
  /** By the name of the root span. */
  readonly operations: ReadonlyMap<string, SourcedStrategy>;
  /** Traces per second that are kept of each operation whatever the probability says. 0: none. */
  readonly atLeastPerSecond: number;
}

/**
 * Of a service that nothing names: every trace is kept.
 *
 * @example
 * console.log(strategyText(keptWhole.all.strategy)); // probabilistic 1
 */
export const keptWhole: ServiceStrategies = {
  all: { strategy: { kind: 'probabilistic', probability: 1 }, source: 'nothing named' },
  operations: new Map(),
  atLeastPerSecond: 0,
};

/** Whether two decide alike, so that a limiter that is running may run on. */
export function sameStrategies(one: ServiceStrategies, other: ServiceStrategies): boolean {
  return textOf(one) === textOf(other);
}

function textOf({ all, operations, atLeastPerSecond }: ServiceStrategies): string {
  const named = [...operations].map(([name, { strategy }]) => [name, strategy]);
  return JSON.stringify([all.strategy, named, atLeastPerSecond]);
}

/**
 * A strategy in a few words: `probabilistic 0.1`, `ratelimiting 5/s`.
 *
 * @example
 * console.log(strategyText({ kind: 'ratelimiting', tracesPerSecond: 5 })); // ratelimiting 5/s
 */
export function strategyText(strategy: Strategy): string {
  return strategy.kind === 'probabilistic'
    ? `probabilistic ${strategy.probability}`
    : `ratelimiting ${strategy.tracesPerSecond}/s`;
}

/** All strategies of a service in one line, for people. */
export function summaryOf({ all, operations }: ServiceStrategies): string {
  const named = [...operations].map(([name, { strategy }]) => `, ${name}: ${strategyText(strategy)}`);
  return `${strategyText(all.strategy)}${named.join('')}`;
}
