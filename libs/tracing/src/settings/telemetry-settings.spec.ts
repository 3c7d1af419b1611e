import { readSettings } from './telemetry-settings.ts';

it('has the defaults where nothing is set', () => {
  expect(readSettings({})).toEqual({
    problems: [],
    settings: {
      disabled: false,
      exportTraces: true,
      exportLogs: true,
      tracesEndpoint: 'http://localhost:4317',
      logsEndpoint: 'http://localhost:4317',
      exportTimeoutMs: 5_000,
      flushTimeoutMs: 5_000,
      spanQueue: { maxQueueSize: 4_096, maxBatchSize: 128, delayMs: 1_000 },
      logQueue: { maxQueueSize: 4_096, maxBatchSize: 128, delayMs: 1_000 },
      logLimits: { attributeValueLength: 8_192, attributeCount: 128 },
      metricExporters: ['otlp'],
      metricsEndpoint: 'http://localhost:4317',
      metricTemporality: 'cumulative',
      metricIntervalMs: 60_000,
      metricTimeoutMs: 30_000,
      prometheus: { host: '127.0.0.1', port: 9_464 },
      sampler: { kind: 'file', parentBased: true },
      samplingFile: undefined,
      oldRpcNames: false,
      resourceAttributes: {},
    },
  });
});

it('reads what is set, blanks and empty values aside', () => {
  const { settings, problems } = readSettings({
    OTEL_SDK_DISABLED: 'TRUE',
    OTEL_TRACES_EXPORTER: 'none',
    OTEL_LOGS_EXPORTER: '',
    OTEL_EXPORTER_OTLP_ENDPOINT: ' https://collector:4317 ',
    OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: 'http://logs:4317',
    OTEL_BSP_MAX_QUEUE_SIZE: '64',
    OTEL_BSP_EXPORT_TIMEOUT: '700',
    OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
    OTEL_TRACES_SAMPLER_ARG: '0.25',
    RYZ_SAMPLING_FILE: 'a.json',
    OTEL_SEMCONV_STABILITY_OPT_IN: 'http, rpc/dup',
    OTEL_RESOURCE_ATTRIBUTES: 'team=a%20b, k=v=w,',
  });
  expect(problems).toEqual([]);
  expect(settings).toMatchObject({
    disabled: true,
    exportTraces: false,
    exportLogs: true,
    tracesEndpoint: 'https://collector:4317',
    logsEndpoint: 'http://logs:4317',
    exportTimeoutMs: 700,
    flushTimeoutMs: 700,
    spanQueue: { maxQueueSize: 64, maxBatchSize: 64, delayMs: 1_000 },
    sampler: { kind: 'ratio', ratio: 0.25, parentBased: true },
    samplingFile: 'a.json',
    oldRpcNames: true,
    resourceAttributes: { team: 'a b', k: 'v=w' },
  });
});

it.each([
  [
    'OTEL_TRACES_SAMPLER',
    'sometimes',
    'OTEL_TRACES_SAMPLER is "sometimes", but must be one of always_on, always_off, traceidratio, parentbased_always_on, parentbased_always_off, parentbased_traceidratio, jaeger_remote, parentbased_jaeger_remote; using the default',
  ],
  ['OTEL_SDK_DISABLED', '1', 'OTEL_SDK_DISABLED is "1", but must be one of true, false; using false'],
  [
    'OTEL_BSP_MAX_QUEUE_SIZE',
    '-1',
    'OTEL_BSP_MAX_QUEUE_SIZE is "-1", but must be a whole number from 1 to 1000000; using 4096',
  ],
  [
    'OTEL_BSP_SCHEDULE_DELAY',
    '1.5',
    'OTEL_BSP_SCHEDULE_DELAY is "1.5", but must be a whole number from 1 to 3600000; using 1000',
  ],
  [
    'OTEL_EXPORTER_OTLP_ENDPOINT',
    'localhost:4317',
    'OTEL_EXPORTER_OTLP_ENDPOINT is "localhost:4317", but must be an http:// or https:// address; using http://localhost:4317',
  ],
  [
    'OTEL_EXPORTER_OTLP_PROTOCOL',
    'http/protobuf',
    'OTEL_EXPORTER_OTLP_PROTOCOL is "http/protobuf", but must be one of grpc; using grpc',
  ],
  [
    'OTEL_RESOURCE_ATTRIBUTES',
    'a',
    'OTEL_RESOURCE_ATTRIBUTES is "a", but must be key=value pairs, percent-encoded; using the other pairs',
  ],
])('says once what is wrong with %s=%s', (variable, value, sentence) => {
  expect(readSettings({ [variable]: value }).problems).toEqual([{ variable, value, sentence }]);
});

it('says what is wrong with a ratio', () => {
  const { settings, problems } = readSettings({
    OTEL_TRACES_SAMPLER: 'traceidratio',
    OTEL_TRACES_SAMPLER_ARG: '2',
  });
  expect(problems.map(({ sentence }) => sentence)).toEqual([
    'OTEL_TRACES_SAMPLER_ARG is "2", but must be a number from 0 to 1; using 1',
  ]);
  expect(settings.sampler).toEqual({ kind: 'ratio', ratio: 1, parentBased: false });
});
