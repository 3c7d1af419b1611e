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
import { requestOf } from '../request-context.ts';
import { keptUncounted, type RootDecision } from './root-decision.ts';

/** How the mesh samples. */
export interface MeshSamplerOptions {
  /** Asked for traces that begin here. */
  readonly root: RootDecision;
  /** Obey the parent where there is one. Otherwise every service decides for itself. */
  readonly parentBased: boolean;
  /** Whether a caller may have its trace kept whatever `root` says. */
  readonly forcible: boolean;
  /** Named in the state of traces that are forced. */
  readonly service: string;
}

/** Asks `root` for traces that begin here; where there is a parent, and `parentBased`, obeys it. */
export class MeshSampler implements Sampler {
  private readonly options: MeshSamplerOptions;
  private readonly forcedRoot: SamplingResult;

  constructor(options: MeshSamplerOptions) {
    this.options = options;
    this.forcedRoot = keptUncounted(options.service, priority);
  }

  shouldSample(
    context: Context,
    traceId: string,
    spanName: string,
    _spanKind: SpanKind,
    _attributes: Attributes,
    _links: Link[],
  ): SamplingResult {
    const { root, parentBased, forcible } = this.options;
    const forced = forcible && requestOf(context)?.forced === true;
    const parent = trace.getSpanContext(context);
    if (parent === undefined || !isSpanContextValid(parent))
      return forced ? this.forcedRoot : root.decide(randomnessOf(traceId, undefined), spanName);
    const sampled = (parent.traceFlags & TraceFlags.SAMPLED) !== 0;
    // The mesh's first span tells that its trace was asked for; a caller that keeps nothing gets nothing.
    if (forced && sampled) return parent.isRemote === true ? parentForced : parentKept;
    if (parentBased) return sampled ? parentKept : parentDropped;
    const result = root.decide(randomnessOf(traceId, parent.traceState), spanName);
    return parent.traceState === undefined ? result : decidedAnew(result, parent.traceState);
  }

  toString(): string {
    return this.options.parentBased ? 'MeshSampler{parentBased}' : 'MeshSampler';
  }
}

// Without a state of their own: spans below the root pass on what came with the parent.
const parentKept: SamplingResult = { decision: SamplingDecision.RECORD_AND_SAMPLED };
const priority = { 'ryzanstein.sampling.priority': 'keep' };
const parentForced: SamplingResult = { ...parentKept, attributes: priority };
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
