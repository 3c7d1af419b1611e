import { readFileSync } from 'node:fs';
import { parseStrategiesFile } from './strategies-file.ts';
import { strategyText } from './strategies.ts';

/** Each strategy of a service in a line: operation, strategy, source. */
function lines(file: unknown, service: string): string[] {
  const { all, operations } = parseStrategiesFile(JSON.stringify(file)).strategiesOf(service);
  return [['*', all] as const, ...operations].map(
    ([name, { strategy, source }]) => `${name}: ${strategyText(strategy)} (${source})`,
  );
}

const file = {
  default_strategy: {
    type: 'probabilistic',
    param: 0.5,
    operation_strategies: [
      { operation: 'pkg.S/Health', type: 'probabilistic', param: 0 },
      { operation: 'pkg.S/Hot', type: 'probabilistic', param: 0.01 },
    ],
  },
  service_strategies: [
    { service: 'limited', type: 'ratelimiting', param: 0.5 },
    {
      service: 'own',
      type: 'probabilistic',
      param: 0.25,
      operation_strategies: [
        { operation: 'pkg.S/Hot', type: 'ratelimiting', param: 3 },
        { operation: 'pkg.S/Cold', type: 'probabilistic', param: 1 },
      ],
    },
    { service: 'operations', operation_strategies: [{ operation: 'a', type: 'probabilistic', param: 1 }] },
  ],
};

it.each([
  [
    'stranger',
    [
      '*: probabilistic 0.5 (default)',
      'pkg.S/Health: probabilistic 0 (default)',
      'pkg.S/Hot: probabilistic 0.01 (default)',
    ],
  ],
  [
    'limited',
    [
      '*: ratelimiting 0.5/s (service entry)',
      'pkg.S/Health: probabilistic 0 (default)',
      'pkg.S/Hot: probabilistic 0.01 (default)',
    ],
  ],
  [
    'own',
    [
      '*: probabilistic 0.25 (service entry)',
      'pkg.S/Health: probabilistic 0 (default)',
      'pkg.S/Hot: ratelimiting 3/s (service entry)',
      'pkg.S/Cold: probabilistic 1 (service entry)',
    ],
  ],
  [
    'operations',
    [
      '*: probabilistic 0.5 (default)',
      'pkg.S/Health: probabilistic 0 (default)',
      'pkg.S/Hot: probabilistic 0.01 (default)',
      'a: probabilistic 1 (service entry)',
    ],
  ],
])('has for %s', (service, expected) => {
  expect(lines(file, service)).toEqual(expected);
});

it('keeps whole what the file does not name', () => {
  const whole = ['*: probabilistic 1 (nothing named)'];
  expect(lines({}, 'a')).toEqual(whole);
  expect(lines({ default_strategy: null, service_strategies: null }, 'a')).toEqual(whole);
  const others = { service_strategies: [{ service: 'b', type: 'probabilistic', param: 0 }] };
  expect(lines(others, 'a')).toEqual(whole);
  expect(lines({ service_strategies: [{ service: 'a' }] }, 'a')).toEqual(whole);
});

it('takes the later of two entries', () => {
  const twice = [0.1, 0.2].map((param) => ({ service: 'a', type: 'probabilistic', param }));
  expect(lines({ service_strategies: twice }, 'a')).toEqual(['*: probabilistic 0.2 (service entry)']);
});

it.each([
  [[], 'the file must be an object, not []'],
  [{ service_strategies: {} }, 'service_strategies must be a list, not {}'],
  [{ service_strategies: [{}] }, 'service_strategies[0].service must be a text, not absent'],
  [
    { default_strategy: { type: 'probabilistic', param: 7 } },
    'default_strategy.param must be a number from 0 to 1, not 7',
  ],
  [
    { default_strategy: { type: 'probabilistic', param: '1' } },
    'default_strategy.param must be a number from 0 to 1, not "1"',
  ],
  [
    { default_strategy: { type: 'ratelimiting', param: -1 } },
    'default_strategy.param must be a number from 0, not -1',
  ],
  [
    { service_strategies: [{ service: 'b', type: 'perhaps', param: 1 }] },
    'service_strategies[0] (b).type must be "probabilistic" or "ratelimiting", not "perhaps"',
  ],
  [
    { default_strategy: { operation_strategies: [{ type: 'probabilistic', param: 1 }] } },
    'default_strategy.operation_strategies[0].operation must be a text, not absent',
  ],
  [
    { default_strategy: { operation_strategies: [{ operation: 'a' }] } },
    'default_strategy.operation_strategies[0].type must be "probabilistic" or "ratelimiting", not absent',
  ],
])('refuses %j', (bad, sentence) => {
  expect(() => parseStrategiesFile(JSON.stringify(bad))).toThrow(new Error(sentence));
});

it.each(['', '{', 'NaN'])('refuses what is no JSON: %j', (text) => {
  expect(() => parseStrategiesFile(text)).toThrow(/^the file holds no JSON \(/);
});

it('reads the file that is shipped: all is kept but a tenth of what begins in the engine', () => {
  const path = new URL('../../../../configs/sampling-strategies.json', import.meta.url);
  const shipped = parseStrategiesFile(readFileSync(path, 'utf8'));
  const texts = ['ryzanstein-api', 'ryzanstein-gpu', 'ryzanstein-inference', 'other'].map((service) =>
    strategyText(shipped.strategiesOf(service).all.strategy),
  );
  expect(texts).toEqual(['probabilistic 1', 'probabilistic 1', 'probabilistic 0.1', 'probabilistic 1']);
});
