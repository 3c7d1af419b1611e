import { ConfigError, readConfig } from '@ryzanstein/runtime';
import { configTable } from './config.ts';

describe('the environment', () => {
  it('has defaults for everything', () => {
    expect(readConfig(configTable, {})).toEqual({
      grpcAddress: '127.0.0.1:50052',
      leaseTtlMs: 10_000,
      deviceStaleMs: 3_000,
      maxWaiting: 1_000,
      keepaliveMs: 10_000,
      drainMs: 10_000,
      logLevel: 'info',
      injectDelay: {},
    });
  });

  it('takes its own phase of the planted delays and knows the others', () => {
    expect(readConfig(configTable, { RYZ_INJECT_DELAY: 'lease:50,decode:9' }).injectDelay.lease).toBe(50);
  });

  it('names all that is wrong', () => {
    const wrong = { RYZ_LEASE_TTL_MS: '10', RYZ_MAX_WAITING: 'many', RYZ_INJECT_DELAY: 'lunch:1' };
    let problems: readonly string[] = [];
    try {
      readConfig(configTable, wrong);
    } catch (error) {
      if (error instanceof ConfigError) problems = error.problems;
    }

    expect(problems.map((problem) => problem.split('=')[0])).toEqual(Object.keys(wrong));
  });
});
