import {
  isSpanContextValid,
  trace,
  TraceFlags,
  type Attributes,
  type Context,
  type Link,
  type SpanKind,
  type TraceState,
} from '@opentelemetry/api';
import { SamplingDecision, type Sampler, type SamplingResult } from '@opentelemetry/sdk-trace';
import { traceStateOf } from '../propagation/trace-state.ts';

/** Decides whether a trace that begins here is kept. */
export interface RootDecision {
  decide(traceId: string, spanName: string): SamplingResult;
}

/**
 * Keeps `probability` of all traces, the same ones in every service that is asked: the decision
 * is the comparison of the trace id's last 56 bits with a threshold, and the threshold travels in
 * `tracestate`, so that a collector can count what was not kept.
 */
export function probabilistic(probability: number, service: string): RootDecision {
  const origin = ['ryzanstein', `p:${probability};o:${service}`] as const;
  const dropped = drop(traceStateOf([origin]));
  if (probability <= 0) return { decide: () => dropped };
  const threshold = thresholdOf(probability);
  const kept = keep(traceStateOf([origin, ['ot', `th:${shortest(threshold)}`] as const]));
  if (probability >= 1) return { decide: () => kept };
  // Both are 14 lower-case hex digits, so that the order of the texts is that of the numbers.
  return { decide: (traceId) => (traceId.slice(18) >= threshold ? kept : dropped) };
}

/** Keeps at most `tracesPerSecond`, and up to one second's worth at once. Carries no probability. */
export function rateLimited(
  tracesPerSecond: number,
  service: string,
  nowMs: () => number = () => performance.now(),
): RootDecision {
  const state = traceStateOf([['ryzanstein', `o:${service}`]]);
  const [kept, dropped] = [keep(state), drop(state)];
  const capacity = Math.max(tracesPerSecond, 1);
  let tokens = capacity;
  let lastMs = nowMs();
  return {
    decide() {
      const now = nowMs();
      tokens = Math.min(capacity, tokens + ((now - lastMs) / 1000) * tracesPerSecond);
      lastMs = now;
      if (tokens < 1) return dropped;
      tokens -= 1;
      return kept;
    },
  };
}

/** Asks `root` for traces that begin here; where there is a parent, and `parentBased`, obeys it. */
export class MeshSampler implements Sampler {
  private readonly root: RootDecision;
  private readonly parentBased: boolean;

  constructor(root: RootDecision, parentBased: boolean) {
    this.root = root;
    this.parentBased = parentBased;
  }

  shouldSample(
    context: Context,
    traceId: string,
    spanName: string,
    _spanKind: SpanKind,
    _attributes: Attributes,
    _links: Link[],
  ): SamplingResult {
    const parent = trace.getSpanContext(context);
    if (parent === undefined || !isSpanContextValid(parent)) return this.root.decide(traceId, spanName);
    if (this.parentBased) return (parent.traceFlags & TraceFlags.SAMPLED) === 0 ? parentDropped : parentKept;
    // Decided anew, but the trace's state was written by the service that began it.
    const { decision } = this.root.decide(traceId, spanName);
    return decision === SamplingDecision.NOT_RECORD ? parentDropped : parentKept;
  }

  toString(): string {
    return this.parentBased ? 'MeshSampler{parentBased}' : 'MeshSampler';
  }
}

const parentKept: SamplingResult = { decision: SamplingDecision.RECORD_AND_SAMPLED };
const parentDropped: SamplingResult = { decision: SamplingDecision.NOT_RECORD };

function keep(traceState: TraceState): SamplingResult {
  return { decision: SamplingDecision.RECORD_AND_SAMPLED, traceState };
}

function drop(traceState: TraceState): SamplingResult {
  return { decision: SamplingDecision.NOT_RECORD, traceState };
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
