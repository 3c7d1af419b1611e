import { SamplingDecision, type SamplingResult } from '@opentelemetry/sdk-trace';
import { ChangingDecision, decisionOf, probabilistic, rateLimited } from './root-decision.ts';
import type { ServiceStrategies, Strategy } from './strategies.ts';

const isKept = ({ decision }: SamplingResult) => decision === SamplingDecision.RECORD_AND_SAMPLED;
const stateOf = ({ traceState }: SamplingResult) => traceState?.serialize();
const [lowest, highest] = ['0'.repeat(14), 'f'.repeat(14)];

const strategies = (
  all: Strategy,
  operations: Record<string, Strategy> = {},
  atLeastPerSecond = 0,
): ServiceStrategies => ({
  all: { strategy: all, source: 'endpoint' },
  operations: new Map(
    Object.entries(operations).map(([name, strategy]) => [name, { strategy, source: 'endpoint' }]),
  ),
  atLeastPerSecond,
});

/** How many of `count` roots are kept, all at the same time. */
const keptOf = (decision: { decide(bits: string, name: string): SamplingResult }, count: number, name = '') =>
  Array.from({ length: count }, () => decision.decide(lowest, name)).filter(isKept).length;

describe('probabilistic', () => {
  it.each([
    [1, 'ryzanstein=p:1;o:svc,ot=th:0'],
    [0.5, 'ryzanstein=p:0.5;o:svc,ot=th:8'],
    [0.25, 'ryzanstein=p:0.25;o:svc,ot=th:c'],
    [0.1, 'ryzanstein=p:0.1;o:svc,ot=th:e6666666666668'],
  ])('of %d says so to those after it', (probability, state) => {
    expect(stateOf(probabilistic(probability, 'svc').decide(highest, ''))).toBe(state);
  });

  it('keeps what is not below its threshold, and of the rest says no threshold', () => {
    const half = probabilistic(0.5, 'svc');
    expect(isKept(half.decide('80000000000000', ''))).toBe(true);
    expect(isKept(half.decide('7fffffffffffff', ''))).toBe(false);
    expect(stateOf(half.decide(lowest, ''))).toBe('ryzanstein=p:0.5;o:svc');
  });

  it.each([0, 1])('of %d needs no dice', (probability) => {
    const decision = probabilistic(probability, 'svc');
    expect([lowest, highest].map((bits) => isKept(decision.decide(bits, '')))).toEqual([
      !!probability,
      !!probability,
    ]);
  });

  it('keeps next to nothing where the probability is next to nothing', () => {
    expect(isKept(probabilistic(1e-18, 'svc').decide('fffffffffffffe', ''))).toBe(false);
  });

  it.each([
    ['api server, a=b', 'ryzanstein=p:1;o:api%20server%2C%20a%3Db,ot=th:0'],
    ['ä'.repeat(100), `ryzanstein=p:1;o:${'%C3%A4'.repeat(33)},ot=th:0`],
  ])('never costs the list its name: %s', (service, state) => {
    expect(stateOf(probabilistic(1, service).decide(highest, ''))).toBe(state);
  });
});

describe('rateLimited', () => {
  it('keeps so many per second, at most one second of them at once, and says no probability', () => {
    let nowMs = 0;
    const twice = rateLimited(2, 'svc', () => nowMs);
    expect(keptOf(twice, 4)).toBe(2);
    nowMs += 500;
    expect(keptOf(twice, 4)).toBe(1);
    nowMs += 60_000;
    expect(keptOf(twice, 4)).toBe(2);
    expect(stateOf(twice.decide(lowest, ''))).toBe('ryzanstein=o:svc');
  });

  it('keeps one in two seconds', () => {
    let nowMs = 0;
    const seldom = rateLimited(0.5, 'svc', () => nowMs);
    const kept = Array.from({ length: 100 }, () => {
      const here = keptOf(seldom, 3);
      nowMs += 100;
      return here;
    });
    expect(kept.flatMap((count, index) => (count === 0 ? [] : [`${count} at ${index * 100}`]))).toEqual([
      '1 at 0',
      '1 at 2000',
      '1 at 4000',
      '1 at 6000',
      '1 at 8000',
    ]);
  });

  it('keeps nothing at a rate of 0', () => {
    let nowMs = 0;
    const never = rateLimited(0, 'svc', () => nowMs);
    nowMs += 3_600_000;
    expect(keptOf(never, 3)).toBe(0);
  });
});

describe('decisionOf', () => {
  it('asks the operation of the root span before the service', () => {
    const decision = decisionOf(
      strategies(
        { kind: 'probabilistic', probability: 0 },
        { 'pkg.S/Hot': { kind: 'probabilistic', probability: 1 } },
      ),
      'svc',
    );
    expect(isKept(decision.decide(lowest, 'pkg.S/Hot'))).toBe(true);
    expect(isKept(decision.decide(highest, 'pkg.S/Other'))).toBe(false);
  });

  it('limits single operations, each by itself', () => {
    const rate: Strategy = { kind: 'ratelimiting', tracesPerSecond: 2 };
    const decision = decisionOf(strategies(rate, { one: rate, two: rate }), 'svc', () => 0);
    expect(['one', 'two', 'other'].map((name) => keptOf(decision, 5, name))).toEqual([2, 2, 2]);
  });

  it('keeps so many of each operation whatever the probability, and does not scale those', () => {
    let nowMs = 0;
    const decision = decisionOf(
      strategies(
        { kind: 'probabilistic', probability: 0.5 },
        { never: { kind: 'probabilistic', probability: 0 } },
        0.5,
      ),
      'svc',
      () => nowMs,
    );
    expect(stateOf(decision.decide(lowest, 'any'))).toBe('ryzanstein=o:svc');
    expect([keptOf(decision, 3, 'any'), keptOf(decision, 3, 'never')]).toEqual([0, 1]);
    nowMs += 2_000;
    // What chance keeps is scaled, and is this operation's share.
    expect(stateOf(decision.decide(highest, 'any'))).toBe('ryzanstein=p:0.5;o:svc,ot=th:8');
    expect(keptOf(decision, 3, 'any')).toBe(0);
  });
});

it('ChangingDecision goes on with its limiters where nothing changes', () => {
  const perSecond = (tracesPerSecond: number) => strategies({ kind: 'ratelimiting', tracesPerSecond });
  const decision = new ChangingDecision('svc', perSecond(2), () => 0);
  expect(keptOf(decision, 3)).toBe(2);
  expect(decision.change(perSecond(2))).toBe(false);
  expect(keptOf(decision, 3)).toBe(0);
  expect(decision.change(perSecond(3))).toBe(true);
  expect(keptOf(decision, 4)).toBe(3);
});
