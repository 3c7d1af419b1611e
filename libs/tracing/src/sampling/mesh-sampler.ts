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
import type { RootDecision } from './root-decision.ts';

/** How the mesh samples. */
export interface MeshSamplerOptions {
  /** Asked for traces that begin here. */
  readonly root: RootDecision;
  /** Obey the parent where there is one. Otherwise every service decides for itself. */
  readonly parentBased: boolean;
}

/** Asks `root` for traces that begin here; where there is a parent, and `parentBased`, obeys it. */
export class MeshSampler implements Sampler {
  private readonly options: MeshSamplerOptions;

  constructor(options: MeshSamplerOptions) {
    this.options = options;
  }

  shouldSample(
    context: Context,
    traceId: string,
    spanName: string,
    _spanKind: SpanKind,
    _attributes: Attributes,
    _links: Link[],
  ): SamplingResult {
    const { root, parentBased } = this.options;
    const parent = trace.getSpanContext(context);
    if (parent === undefined || !isSpanContextValid(parent))
      return root.decide(randomnessOf(traceId, undefined), spanName);
    if (parentBased) return (parent.traceFlags & TraceFlags.SAMPLED) === 0 ? parentDropped : parentKept;
    const result = root.decide(randomnessOf(traceId, parent.traceState), spanName);
    return parent.traceState === undefined ? result : decidedAnew(result, parent.traceState);
  }

  toString(): string {
    return this.options.parentBased ? 'MeshSampler{parentBased}' : 'MeshSampler';
  }
}

// Without a state of their own: spans below the root pass on what came with the parent.
const parentKept: SamplingResult = { decision: SamplingDecision.RECORD_AND_SAMPLED };
const parentDropped: SamplingResult = { decision: SamplingDecision.NOT_RECORD };

const explicitRandomness = /^[0-9a-f]{14}$/;

/** The 56 bits that everybody decides by: those that whoever began the trace has named, or the trace id's last. */
function randomnessOf(traceId: string, state: TraceState | undefined): string {
  const named = state && fieldsOf(state).find(([key]) => key === 'rv')?.[1];
  return named !== undefined && explicitRandomness.test(named) ? named : traceId.slice(18);
}

/**
 * The state of a trace that was begun elsewhere and decided here: this decision's threshold in place
 * of the earlier one, which no longer says how many traces a kept one stands for.
 */
function decidedAnew(result: SamplingResult, before: TraceState): SamplingResult {
  const kept = fieldsOf(before).filter(([key]) => key !== 'th');
  const threshold = result.traceState?.get('ot');
  const ot = [...(threshold === undefined ? [] : [threshold]), ...kept.map((field) => field.join(':'))];
  let traceState = ot.length === 0 ? before.unset('ot') : before.set('ot', ot.join(';'));
  const origin = result.traceState?.get('ryzanstein');
  if (origin !== undefined) traceState = traceState.set('ryzanstein', origin);
  return { ...result, traceState };
}

function fieldsOf(state: TraceState): [key: string, value: string][] {
  const text = state.get('ot');
  if (text === undefined) return [];
  return text.split(';').flatMap((field): [string, string][] => {
    const colon = field.indexOf(':');
    return colon > 0 ? [[field.slice(0, colon), field.slice(colon + 1)]] : [];
  });
}
