import type { Attributes, TraceState } from '@opentelemetry/api';
import { SamplingDecision, type SamplingResult } from '@opentelemetry/sdk-trace';
import { traceStateOf } from '../propagation/trace-state.ts';
import { sameStrategies, type ServiceStrategies, type Strategy } from './strategies.ts';

/** Decides whether a trace that begins here is kept. */
export interface RootDecision {
  /** `randomness`: 56 bits as 14 lower-case hex digits; by rule the last ones of the trace id. */
  decide(randomness: string, spanName: string): SamplingResult;
}

/** Milliseconds of a clock that nobody sets. */
export type NowMs = () => number;

const monotonicMs: NowMs = () => performance.now();

/**
 * Keeps `probability` of all traces, the same ones in every service that is asked: the decision
 * is the comparison of 56 random bits with a threshold, and the threshold travels in `tracestate`, so
 * that a collector can count what was not kept.
 */
export function probabilistic(probability: number, service: string): RootDecision {
  const origin = ['ryzanstein', `p:${probability};o:${originOf(service)}`] as const;
  const dropped = drop(traceStateOf([origin]));
  if (probability <= 0) return { decide: () => dropped };
  const threshold = thresholdOf(probability);
  const kept = keep(traceStateOf([origin, ['ot', `th:${shortest(threshold)}`] as const]));
  if (probability >= 1) return { decide: () => kept };
  // Both are 14 lower-case hex digits, so that the order of the texts is that of the numbers.
  return { decide: (randomness) => (randomness >= threshold ? kept : dropped) };
}

/** Keeps at most `tracesPerSecond`, and up to one second's worth at once. Carries no probability. */
export function rateLimited(
  tracesPerSecond: number,
  service: string,
  nowMs: NowMs = monotonicMs,
): RootDecision {
  const kept = keptUncounted(service);
  const dropped = drop(stateWithout(service));
  const take = tokenBucket(tracesPerSecond, nowMs);
  return { decide: () => (take() ? kept : dropped) };
}

/** What becomes of a trace that is kept for another reason than chance, so that nobody can scale it. */
export function keptUncounted(service: string, attributes?: Attributes): SamplingResult {
  return attributes === undefined
    ? keep(stateWithout(service))
    : { ...keep(stateWithout(service)), attributes };
}

/** The decision of a service's strategies. Limiters begin full. */
export function decisionOf(
  strategies: ServiceStrategies,
  service: string,
  nowMs: NowMs = monotonicMs,
): RootDecision {
  const decided = (strategy: Strategy) =>
    strategy.kind === 'probabilistic'
      ? probabilistic(strategy.probability, service)
      : rateLimited(strategy.tracesPerSecond, service, nowMs);
  const all = decided(strategies.all.strategy);
  const operations = new Map(
    [...strategies.operations].map(([name, { strategy }]) => [name, decided(strategy)] as const),
  );
  const byName: RootDecision =
    operations.size === 0
      ? all
      : { decide: (randomness, name) => (operations.get(name) ?? all).decide(randomness, name) };
  return strategies.atLeastPerSecond > 0
    ? atLeast(strategies.atLeastPerSecond, byName, service, nowMs)
    : byName;
}

/** A decision that follows strategies as they change; one that stays the same keeps its limiters. */
export class ChangingDecision implements RootDecision {
  private readonly service: string;
  private readonly nowMs: NowMs | undefined;
  private strategies: ServiceStrategies;
  private current: RootDecision;

  constructor(service: string, strategies: ServiceStrategies, nowMs?: NowMs) {
    this.service = service;
    this.nowMs = nowMs;
    this.strategies = strategies;
    this.current = decisionOf(strategies, service, nowMs);
  }

  /** Whether anything is decided otherwise from now on. */
  change(to: ServiceStrategies): boolean {
    if (sameStrategies(to, this.strategies)) return false;
    this.strategies = to;
    this.current = decisionOf(to, this.service, this.nowMs);
    return true;
  }

  decide(randomness: string, spanName: string): SamplingResult {
    return this.current.decide(randomness, spanName);
  }
}

// Names of root spans are those of methods and routes, a handful; should they not be, the rest shares one.
const maxGuaranteed = 500;

/** As `chosen`, but so many of each operation whatever it says. Those it would not have kept carry no probability. */
function atLeast(perSecond: number, chosen: RootDecision, service: string, nowMs: NowMs): RootDecision {
  const kept = keptUncounted(service);
  const buckets = new Map<string, () => boolean>();
  const takeOf = (name: string) => {
    const key = buckets.has(name) || buckets.size < maxGuaranteed ? name : '';
    let take = buckets.get(key);
    if (take === undefined) buckets.set(key, (take = tokenBucket(perSecond, nowMs)));
    return take();
  };
  return {
    decide(randomness, name) {
      const result = chosen.decide(randomness, name);
      // What chance keeps counts towards the bound.
      const due = takeOf(name);
      return result.decision === SamplingDecision.NOT_RECORD && due ? kept : result;
    },
  };
}

/** Lets so many through per second; where that is less than one, one and then none for long. */
function tokenBucket(perSecond: number, nowMs: NowMs): () => boolean {
  if (perSecond <= 0) return () => false;
  const capacity = Math.max(perSecond, 1);
  let tokens = capacity;
  let lastMs = nowMs();
  return () => {
    const now = nowMs();
    tokens = Math.min(capacity, tokens + ((now - lastMs) / 1000) * perSecond);
    lastMs = now;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
}

function keep(traceState: TraceState): SamplingResult {
  return { decision: SamplingDecision.RECORD_AND_SAMPLED, traceState };
}

function drop(traceState: TraceState): SamplingResult {
  return { decision: SamplingDecision.NOT_RECORD, traceState };
}

function stateWithout(service: string): TraceState {
  return traceStateOf([['ryzanstein', `o:${originOf(service)}`]]);
}

// The rest of the member has its place in 256 characters, too.
const maxOrigin = 200;

/** The name as it may stand in a `tracestate`; a comma in it would cost the whole list. */
function originOf(service: string): string {
  const text = encodeURIComponent(service);
  return text.length > maxOrigin ? text.slice(0, maxOrigin).replace(/%.?$/, '') : text;
}

/** The least 56-bit value that is kept, as 14 hex digits. */
function thresholdOf(probability: number): string {
  const refused = BigInt(Math.round((1 - probability) * 2 ** 53)) << 3n;
  const highest = (1n << 56n) - 1n;
  return (refused > highest ? highest : refused).toString(16).padStart(14, '0');
}

/** OpenTelemetry's spelling: without the zeros at the end, but one digit at least. */
function shortest(threshold: string): string {
  return threshold.replace(/0+$/, '') || '0';
}
