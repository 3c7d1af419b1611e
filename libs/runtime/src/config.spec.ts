import { ConfigError, configReference, defineConfig, readConfig } from './config.ts';
import { injectDelay } from './delays.ts';
import { address, choice, decimal, durationMs, flag, integer, path, text, url } from './variables.ts';

const table = defineConfig({
  listen: address('T_LISTEN', { default: '127.0.0.1:50051', description: 'Where it listens.' }),
  slots: integer('T_SLOTS', {
    default: 8,
    min: 1,
    max: 256,
    unit: 'sequences',
    description: 'How many at once.',
  }),
  ratio: decimal('T_RATIO', { default: 0.5, min: 0, max: 1, description: 'A share.' }),
  graceMs: durationMs('T_GRACE_MS', { default: 10_000, description: 'Patience.' }),
  fast: flag('T_FAST', { default: false, description: 'Hurry.' }),
  level: choice('T_LEVEL', ['info', 'warn'], { default: 'info', description: 'How much is said.' }),
  model: path('T_MODEL', { optional: true, description: 'A file.' }),
  key: text('T_KEY', { description: 'No default.' }),
  trace: url('T_TRACE', { default: 'http://localhost:16686', description: 'Where traces are.' }),
  delays: injectDelay,
});

describe(readConfig, () => {
  it('gives defaults for what is absent or empty', () => {
    expect(readConfig(table, { T_KEY: 'k', T_SLOTS: '' })).toEqual({
      listen: '127.0.0.1:50051',
      slots: 8,
      ratio: 0.5,
      graceMs: 10_000,
      fast: false,
      level: 'info',
      model: undefined,
      key: 'k',
      trace: 'http://localhost:16686',
      delays: {},
    });
  });

  it('reads every kind', () => {
    const env = {
      T_LISTEN: '[::1]:0',
      T_SLOTS: '256',
      T_RATIO: '.25',
      T_GRACE_MS: '0',
      T_FAST: '1',
      T_LEVEL: 'warn',
      T_MODEL: 'a b.gguf',
      T_KEY: ' k ',
      T_TRACE: 'https://traces.example/x/',
      RYZ_INJECT_DELAY: 'prefill:50, decode:5',
    };
    expect(readConfig(table, env)).toEqual({
      listen: '[::1]:0',
      slots: 256,
      ratio: 0.25,
      graceMs: 0,
      fast: true,
      level: 'warn',
      model: 'a b.gguf',
      key: 'k',
      trace: 'https://traces.example/x',
      delays: { prefill: 50, decode: 5 },
    });
  });

  it('lists every problem, each with name, value and what is allowed', () => {
    const env = {
      T_LISTEN: 'localhost',
      T_SLOTS: '0',
      T_RATIO: '1e9',
      T_GRACE_MS: '-1',
      T_FAST: 'yes',
      T_LEVEL: 'loud',
      T_TRACE: 'ftp://x',
      RYZ_INJECT_DELAY: 'lunch:5',
    };
    let problems: readonly string[] = [];
    try {
      readConfig(table, env);
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigError);
      problems = (error as ConfigError).problems;
    }
    expect(problems).toEqual([
      'T_LISTEN="localhost" is not allowed; it must be host:port, such as 127.0.0.1:50051',
      'T_SLOTS="0" is not allowed; it must be a whole number from 1 to 256',
      'T_RATIO="1e9" is not allowed; it must be a number from 0 to 1',
      'T_GRACE_MS="-1" is not allowed; it must be milliseconds, a whole number of at least 0',
      'T_FAST="yes" is not allowed; it must be true or false',
      'T_LEVEL="loud" is not allowed; it must be one of info, warn',
      'T_KEY is not set; it must be text (No default.)',
      'T_TRACE="ftp://x" is not allowed; it must be a URL such as http://localhost:16686',
      'RYZ_INJECT_DELAY="lunch:5" is not allowed; it must be phase:milliseconds pairs with commas between, phases lease, queue, prefill, decode, such as prefill:50',
    ]);
  });

  it('lists what is wrong with values together beside what is wrong with each', () => {
    let problems: readonly string[] = [];
    try {
      readConfig(table, { T_KEY: 'k', T_SLOTS: 'many', T_FAST: '1' }, ({ fast, slots }) => [
        `fast is ${fast}, slots are ${slots}`,
      ]);
    } catch (error) {
      if (error instanceof ConfigError) ({ problems } = error);
    }
    expect(problems).toEqual([
      expect.stringContaining('T_SLOTS="many"'),
      'fast is true, slots are undefined',
    ]);
  });

  it.each(['1:99999', 'host:', ':50051', 'a b:1', '::1:50051', 'host:1:2'])(
    'refuses the address %s',
    (value) => {
      expect(() => readConfig(table, { T_KEY: 'k', T_LISTEN: value })).toThrow('T_LISTEN');
    },
  );
});

describe(configReference, () => {
  it('has a row for each variable', () => {
    expect(configReference(defineConfig({ slots: table.slots, key: table.key })).split('\n')).toEqual([
      '| variable | value | default | meaning |',
      '| --- | --- | --- | --- |',
      '| `T_SLOTS` | a whole number from 1 to 256 (sequences) | `8` | How many at once. |',
      '| `T_KEY` | text | required | No default. |',
    ]);
  });
});
