import { ROOT_CONTEXT, SpanKind, trace, TraceFlags } from '@opentelemetry/api';
import { SamplingDecision } from '@opentelemetry/sdk-trace';
import { randomBytes } from 'node:crypto';
import { MeshSampler, probabilistic, rateLimited } from './sampler.ts';

const kept = (decision: SamplingDecision) => decision === SamplingDecision.RECORD_AND_SAMPLED;
const id = (last56Bits: string) => `${'a'.repeat(18)}${last56Bits}`;

describe('probabilistic', () => {
  it.each([
    [1, 'ryzanstein=p:1;o:svc,ot=th:0'],
    [0.5, 'ryzanstein=p:0.5;o:svc,ot=th:8'],
    [0.25, 'ryzanstein=p:0.25;o:svc,ot=th:c'],
    [0.1, 'ryzanstein=p:0.1;o:svc,ot=th:e6666666666668'],
  ])('of %d says so to those after it', (probability, state) => {
    expect(
      probabilistic(probability, 'svc')
        .decide(id('f'.repeat(14)), '')
        .traceState?.serialize(),
    ).toBe(state);
  });

  it('decides by the last 56 bits of the trace id alone', () => {
    const half = probabilistic(0.5, 'svc');
    expect(kept(half.decide(id('80000000000000'), '').decision)).toBe(true);
    expect(kept(half.decide(id('7fffffffffffff'), '').decision)).toBe(false);
    expect(half.decide(id('00000000000000'), '').traceState?.serialize()).toBe('ryzanstein=p:0.5;o:svc');
  });

  it('keeps what a lower probability keeps', () => {
    const [tenth, third] = [probabilistic(0.1, 'a'), probabilistic(0.3, 'b')];
    const ids = Array.from({ length: 20_000 }, () => randomBytes(16).toString('hex'));
    const keptByTenth = ids.filter((one) => kept(tenth.decide(one, '').decision));
    expect(keptByTenth.length / ids.length).toBeCloseTo(0.1, 1);
    expect(keptByTenth.every((one) => kept(third.decide(one, '').decision))).toBe(true);
  });

  it.each([0, 1])('of %d needs no dice', (probability) => {
    const ids = ['0'.repeat(14), 'f'.repeat(14)].map(id);
    expect(ids.map((one) => kept(probabilistic(probability, 'svc').decide(one, '').decision))).toEqual([
      !!probability,
      !!probability,
    ]);
  });

  it('keeps next to nothing where the probability is next to nothing', () => {
    expect(kept(probabilistic(1e-18, 'svc').decide(id('fffffffffffffe'), '').decision)).toBe(false);
  });
});

it('rateLimited keeps so many per second, and says no probability', () => {
  let nowMs = 0;
  const twice = rateLimited(2, 'svc', () => nowMs);
  const count = () => [1, 2, 3, 4].filter(() => kept(twice.decide('', '').decision)).length;
  expect(count()).toBe(2);
  nowMs += 500;
  expect(count()).toBe(1);
  nowMs += 60_000;
  expect(count()).toBe(2);
  expect(twice.decide('', '').traceState?.serialize()).toBe('ryzanstein=o:svc');
});

it('rateLimited keeps less than one per second', () => {
  let nowMs = 0;
  const seldom = rateLimited(0.1, 'svc', () => nowMs);
  expect(kept(seldom.decide('', '').decision)).toBe(true);
  nowMs += 9_000;
  expect(kept(seldom.decide('', '').decision)).toBe(false);
  nowMs += 1_500;
  expect(kept(seldom.decide('', '').decision)).toBe(true);
});

describe('MeshSampler', () => {
  const under = (traceFlags: number) =>
    trace.setSpanContext(ROOT_CONTEXT, {
      traceId: id('0'.repeat(14)),
      spanId: 'b'.repeat(16),
      traceFlags,
      isRemote: true,
    });
  const decide = (sampler: MeshSampler, flags: number) =>
    sampler.shouldSample(under(flags), id('0'.repeat(14)), '', SpanKind.SERVER, {}, []);

  it('obeys the parent, and writes no state', () => {
    const never = new MeshSampler(probabilistic(0, 'svc'), true);
    expect(decide(never, TraceFlags.SAMPLED)).toEqual({ decision: SamplingDecision.RECORD_AND_SAMPLED });
    const always = new MeshSampler(probabilistic(1, 'svc'), true);
    expect(decide(always, TraceFlags.NONE)).toEqual({ decision: SamplingDecision.NOT_RECORD });
  });

  it('decides anew where it is not to ask the parent', () => {
    expect(kept(decide(new MeshSampler(probabilistic(0, 'svc'), false), TraceFlags.SAMPLED).decision)).toBe(
      false,
    );
    expect(kept(decide(new MeshSampler(probabilistic(1, 'svc'), false), TraceFlags.NONE).decision)).toBe(
      true,
    );
  });
});
