import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readStrategiesFile, strategiesFor } from './sampling-strategies.ts';
import { startTelemetry } from '../telemetry.ts';

const state = (file: unknown, service: string, span = 'any') =>
  strategiesFor(service, file).decide('f'.repeat(32), span).traceState?.serialize();

describe('strategiesFor', () => {
  const file = {
    default_strategy: {
      type: 'probabilistic',
      param: 0.5,
      operation_strategies: [{ operation: 'pkg.S/Health', type: 'probabilistic', param: 0 }],
    },
    service_strategies: [
      {
        service: 'a',
        type: 'probabilistic',
        param: 0.25,
        operation_strategies: [{ operation: 'pkg.S/Hot', type: 'probabilistic', param: 0.125 }],
      },
      { service: 'b', type: 'ratelimiting', param: 5 },
    ],
  };

  it.each([
    ['a', 'any', 'ryzanstein=p:0.25;o:a,ot=th:c'],
    ['a', 'pkg.S/Hot', 'ryzanstein=p:0.125;o:a,ot=th:e'],
    ['a', 'pkg.S/Health', 'ryzanstein=p:0;o:a'],
    ['b', 'any', 'ryzanstein=o:b'],
    ['stranger', 'any', 'ryzanstein=p:0.5;o:stranger,ot=th:8'],
  ])('has for %s and span %s: %s', (service, span, expected) => {
    expect(state(file, service, span)).toBe(expected);
  });

  it('keeps whole what the file does not name', () => {
    expect(state({}, 'a')).toBe('ryzanstein=p:1;o:a,ot=th:0');
    expect(state({ service_strategies: [{ service: 'b', type: 'probabilistic', param: 0 }] }, 'a')).toBe(
      'ryzanstein=p:1;o:a,ot=th:0',
    );
  });

  it.each([
    [[], 'the file must hold an object'],
    [{ service_strategies: {} }, 'service_strategies must be a list'],
    [{ default_strategy: { type: 'probabilistic', param: 2 } }, 'must be from 0 to 1, not 2'],
    [{ default_strategy: { type: 'probabilistic', param: '1' } }, 'must be a number from 0, not "1"'],
    [
      { default_strategy: { type: 'perhaps', param: 1 } },
      'must be probabilistic or ratelimiting, not "perhaps"',
    ],
    [
      { default_strategy: { operation_strategies: [{ type: 'probabilistic', param: 1 }] } },
      'has no "operation"',
    ],
  ])('refuses %j', (bad, sentence) => {
    expect(() => strategiesFor('a', bad)).toThrow(sentence);
  });
});

describe('readStrategiesFile', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sampling-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const write = (text: string) => {
    const path = join(folder, 'strategies.json');
    writeFileSync(path, text);
    return path;
  };

  it('says in a sentence what is wrong', () => {
    expect(readStrategiesFile(join(folder, 'none.json'), 'a')).toEqual({
      problem: expect.stringMatching(/none\.json cannot be read/),
    });
    expect(readStrategiesFile(write('{'), 'a')).toEqual({
      problem: expect.stringMatching(/strategies\.json is not a sampling strategies file: .*JSON/),
    });
  });

  it('decides the roots of a process that starts', async () => {
    const path = write('{"service_strategies":[{"service":"quiet","type":"probabilistic","param":0}]}');
    const env = {
      OTEL_TRACES_EXPORTER: 'none',
      OTEL_METRICS_EXPORTER: 'none',
      OTEL_LOGS_EXPORTER: 'none',
      RYZ_SAMPLING_FILE: path,
    };
    for (const [serviceName, sampled] of [
      ['quiet', false],
      ['loud', true],
    ] as const) {
      const telemetry = startTelemetry({ serviceName, env });
      expect(telemetry.tracer.startSpan('root', (span) => span.context.sampled)).toBe(sampled);
      await telemetry.shutdown();
    }
    const always = startTelemetry({
      serviceName: 'quiet',
      env: { ...env, OTEL_TRACES_SAMPLER: 'always_on' },
    });
    expect(always.tracer.startSpan('root', (span) => span.context.sampled)).toBe(true);
    await always.shutdown();
  });

  it('does not keep a process from starting when it is broken', async () => {
    const said: string[] = [];
    const logger = { info() {}, warn() {}, error: (_fields: object, message: string) => said.push(message) };
    const env = {
      OTEL_TRACES_EXPORTER: 'none',
      OTEL_METRICS_EXPORTER: 'none',
      OTEL_LOGS_EXPORTER: 'none',
      RYZ_SAMPLING_FILE: write('not json'),
    };
    const telemetry = startTelemetry({ serviceName: 'a', env, logger });
    expect(telemetry.tracer.startSpan('root', (span) => span.context.sampled)).toBe(true);
    await telemetry.shutdown();
    expect(said).toEqual([
      expect.stringMatching(/is not a sampling strategies file: .*; every trace is kept$/),
    ]);
  });
});
