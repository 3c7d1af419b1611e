import { parseStrategiesAnswer } from './strategies-answer.ts';
import { strategyText } from './strategies.ts';

function read(answer: unknown) {
  const { all, operations, atLeastPerSecond } = parseStrategiesAnswer(JSON.stringify(answer));
  return {
    all: strategyText(all.strategy),
    ...Object.fromEntries([...operations].map(([name, { strategy }]) => [name, strategyText(strategy)])),
    atLeastPerSecond,
  };
}

it.each([
  ['a number, as of Jaeger 2.13', 0, 1],
  ['a name, as of Jaeger 2.20', 'PROBABILISTIC', 'RATE_LIMITING'],
  ['left out', undefined, undefined],
])('reads a strategyType that is %s', (_title, probabilistic, rateLimiting) => {
  expect(read({ strategyType: probabilistic, probabilisticSampling: { samplingRate: 0.5 } })).toEqual({
    all: 'probabilistic 0.5',
    atLeastPerSecond: 0,
  });
  expect(read({ strategyType: rateLimiting, rateLimitingSampling: { maxTracesPerSecond: 20 } })).toEqual({
    all: 'ratelimiting 20/s',
    atLeastPerSecond: 0,
  });
});

it('reads zeros that are left out', () => {
  expect(read({ probabilisticSampling: {} }).all).toBe('probabilistic 0');
  expect(read({ strategyType: 1, rateLimitingSampling: {} }).all).toBe('ratelimiting 0/s');
});

const operationSampling = {
  defaultSamplingProbability: 0.3,
  defaultLowerBoundTracesPerSecond: 0.5,
  defaultUpperBoundTracesPerSecond: 0,
  perOperationStrategies: [
    { operation: 'pkg.S/Hot', probabilisticSampling: { samplingRate: 0.01 } },
    { operation: 'pkg.S/Health', probabilisticSampling: { samplingRate: 0 } },
  ],
};

it('reads operations, and the bound below which none of them falls', () => {
  expect(read({ strategyType: 0, probabilisticSampling: { samplingRate: 0.3 }, operationSampling })).toEqual({
    all: 'probabilistic 0.3',
    'pkg.S/Hot': 'probabilistic 0.01',
    'pkg.S/Health': 'probabilistic 0',
    atLeastPerSecond: 0.5,
  });
  expect(read({ operationSampling: { defaultSamplingProbability: 1 } })).toEqual({
    all: 'probabilistic 1',
    atLeastPerSecond: 0,
  });
});

it("limits a rate-limited service's other operations, instead of Jaeger's probability for them", () => {
  const answer = { strategyType: 1, rateLimitingSampling: { maxTracesPerSecond: 5 }, operationSampling };
  expect(read(answer)).toMatchObject({ all: 'ratelimiting 5/s', 'pkg.S/Hot': 'probabilistic 0.01' });
});

it.each([
  [[], 'the answer must be an object, not []'],
  [{}, 'the answer has neither probabilisticSampling, rateLimitingSampling nor operationSampling'],
  [
    { strategyType: 0 },
    'the answer has neither probabilisticSampling, rateLimitingSampling nor operationSampling',
  ],
  [
    { strategyType: 2, probabilisticSampling: { samplingRate: 1 } },
    'strategyType must be PROBABILISTIC (0) or RATE_LIMITING (1), not 2',
  ],
  [
    { probabilisticSampling: { samplingRate: 7 } },
    'probabilisticSampling.samplingRate must be a number from 0 to 1, not 7',
  ],
  [
    { probabilisticSampling: { samplingRate: '0.5' } },
    'probabilisticSampling.samplingRate must be a number from 0 to 1, not "0.5"',
  ],
  [
    { rateLimitingSampling: { maxTracesPerSecond: -1 } },
    'rateLimitingSampling.maxTracesPerSecond must be a number from 0, not -1',
  ],
  [
    { operationSampling: { perOperationStrategies: [{ operation: 'a' }] } },
    'operationSampling.perOperationStrategies[0].probabilisticSampling must be an object, not absent',
  ],
])('refuses %j', (answer, sentence) => {
  expect(() => parseStrategiesAnswer(JSON.stringify(answer))).toThrow(new Error(sentence));
});

it('refuses what is no JSON with one sentence, whatever it is', () => {
  for (const text of ['', '<html>', '{'])
    expect(() => parseStrategiesAnswer(text)).toThrow(/^the answer is no JSON$/);
});
