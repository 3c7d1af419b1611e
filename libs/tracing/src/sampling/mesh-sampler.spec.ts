import { ROOT_CONTEXT, SpanKind, trace, TraceFlags } from '@opentelemetry/api';
import { SamplingDecision } from '@opentelemetry/sdk-trace';
import { parseTraceState } from '../propagation/trace-state.ts';
import { MeshSampler } from './mesh-sampler.ts';
import { probabilistic, rateLimited, type RootDecision } from './root-decision.ts';

const high = `${'a'.repeat(18)}${'f'.repeat(14)}`;
const low = `${'a'.repeat(18)}${'0'.repeat(14)}`;
const kept = SamplingDecision.RECORD_AND_SAMPLED;
const dropped = SamplingDecision.NOT_RECORD;

function decide(
  root: RootDecision,
  parentBased: boolean,
  { traceId = high, flags, state }: { traceId?: string; flags?: number; state?: string } = {},
) {
  const traceState = state === undefined ? undefined : parseTraceState(state);
  const parent =
    flags === undefined
      ? ROOT_CONTEXT
      : trace.setSpanContext(ROOT_CONTEXT, {
          traceId,
          spanId: 'b'.repeat(16),
          traceFlags: flags,
          isRemote: true,
          ...(traceState === undefined ? {} : { traceState }),
        });
  const sampler = new MeshSampler({ root, parentBased });
  const result = sampler.shouldSample(parent, traceId, 'any', SpanKind.SERVER, {}, []);
  return { decision: result.decision, state: result.traceState?.serialize() };
}

describe('a root', () => {
  it('is decided by the last 56 bits of its trace id', () => {
    const half = probabilistic(0.5, 'svc');
    const ids = ['80000000000000', '7fffffffffffff'].map((bits) => `${'f'.repeat(18)}${bits}`);
    expect(ids.map((traceId) => decide(half, true, { traceId }).decision)).toEqual([kept, dropped]);
  });

  it('gets the state of its decision', () => {
    expect(decide(probabilistic(0.5, 'svc'), true).state).toBe('ryzanstein=p:0.5;o:svc,ot=th:8');
    expect(decide(rateLimited(1, 'svc'), true).state).toBe('ryzanstein=o:svc');
  });
});

describe('below a parent', () => {
  it.each([
    [TraceFlags.SAMPLED, kept],
    [TraceFlags.NONE, dropped],
  ])('obeys it, and writes no state: flags %d', (flags, decision) => {
    const state = 'vendor=1,ot=th:8,other=2';
    for (const probability of [0, 1])
      expect(decide(probabilistic(probability, 'svc'), true, { flags, state })).toEqual({
        decision,
        state: undefined,
      });
  });

  it('obeys it where there is no probability, too', () => {
    expect(decide(rateLimited(0, 'svc'), true, { flags: TraceFlags.SAMPLED }).decision).toBe(kept);
    expect(decide(rateLimited(100, 'svc'), true, { flags: TraceFlags.NONE }).decision).toBe(dropped);
  });
});

describe('below a parent that is not to be asked', () => {
  const flags = TraceFlags.SAMPLED;

  it('is decided anew', () => {
    expect(decide(probabilistic(0, 'svc'), false, { flags }).decision).toBe(dropped);
    expect(decide(probabilistic(1, 'svc'), false, { flags: TraceFlags.NONE }).decision).toBe(kept);
  });

  it('puts its threshold in the place of the earlier one, and leaves members of others in order', () => {
    const state = 'vendor=1,ryzanstein=p:1;o:a,ot=th:0;rv:ffffffffffffff;x:y,other=2';
    expect(decide(probabilistic(0.5, 'svc'), false, { flags, state })).toEqual({
      decision: kept,
      state: 'ryzanstein=p:0.5;o:svc,ot=th:8;rv:ffffffffffffff;x:y,vendor=1,other=2',
    });
    expect(decide(rateLimited(1, 'svc'), false, { flags, state: 'vendor=1,ot=th:8' }).state).toBe(
      'ryzanstein=o:svc,vendor=1',
    );
  });

  it.each([
    ['ffffffffffffff', low, kept],
    ['00000000000000', high, dropped],
    ['FFFFFFFFFFFFFF', low, dropped],
    ['ffff', low, dropped],
  ])('is decided by the randomness that is named, where it can be read: rv:%s', (rv, traceId, decision) => {
    const half = probabilistic(0.5, 'svc');
    expect(decide(half, false, { traceId, flags, state: `ot=rv:${rv}` }).decision).toBe(decision);
  });
});
