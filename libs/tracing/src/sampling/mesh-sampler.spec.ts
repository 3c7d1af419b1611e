import { ROOT_CONTEXT, SpanKind, trace, TraceFlags } from '@opentelemetry/api';
import { SamplingDecision } from '@opentelemetry/sdk-trace';
import { withRequest } from '../request-context.ts';
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
  {
    traceId = high,
    flags,
    state,
    forced = false,
    forcible = true,
    isRemote = true,
  }: {
    traceId?: string;
    flags?: number;
    state?: string;
    forced?: boolean;
    forcible?: boolean;
    isRemote?: boolean;
  } = {},
) {
  const traceState = state === undefined ? undefined : parseTraceState(state);
  const request = withRequest(ROOT_CONTEXT, { requestId: 'r1', forced });
  const parent =
    flags === undefined
      ? request
      : trace.setSpanContext(request, {
          traceId,
          spanId: 'b'.repeat(16),
          traceFlags: flags,
          isRemote,
          ...(traceState === undefined ? {} : { traceState }),
        });
  const sampler = new MeshSampler({ root, parentBased, forcible, service: 'svc' });
  const result = sampler.shouldSample(parent, traceId, 'any', SpanKind.SERVER, {}, []);
  const { 'ryzanstein.sampling.priority': priority } = result.attributes ?? {};
  return {
    decision: result.decision,
    state: result.traceState?.serialize(),
    ...(priority === undefined ? {} : { priority }),
  };
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

describe('a trace that its caller asks for', () => {
  const never = probabilistic(0, 'svc');
  const forced = true;

  it('is kept whatever the probability, says so, and stands for itself alone', () => {
    expect(decide(never, true, { forced })).toEqual({
      decision: kept,
      state: 'ryzanstein=o:svc',
      priority: 'keep',
    });
    expect(decide(rateLimited(0, 'svc'), false, { forced }).decision).toBe(kept);
  });

  it('is dropped all the same where the caller drops it', () => {
    for (const parentBased of [true, false])
      expect(decide(never, parentBased, { forced, flags: TraceFlags.NONE }).decision).toBe(dropped);
  });

  it('says so at its first span here alone, and leaves the state as it came', () => {
    const flags = TraceFlags.SAMPLED;
    for (const parentBased of [true, false]) {
      const state = 'ot=th:8';
      expect(decide(never, parentBased, { forced, flags, state })).toEqual({
        decision: kept,
        state: undefined,
        priority: 'keep',
      });
      expect(decide(never, parentBased, { forced, flags, state, isRemote: false })).toEqual({
        decision: kept,
        state: undefined,
      });
    }
  });

  it('is kept by nobody who keeps nothing at all', () => {
    expect(decide(never, true, { forced, forcible: false }).decision).toBe(dropped);
  });
});
