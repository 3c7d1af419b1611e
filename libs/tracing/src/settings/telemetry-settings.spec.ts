import { readSettings } from './telemetry-settings.ts';

const localCollector = {
  endpoint: 'http://localhost:4317',
  address: 'localhost',
  port: 4317,
  secure: false,
  headers: {},
  compression: 'none',
  timeoutMs: 5_000,
  certificate: undefined,
  clientKey: undefined,
  clientCertificate: undefined,
};

it('has the defaults where nothing is set', () => {
  expect(readSettings({})).toEqual({
    problems: [],
    settings: {
      callerTrust: 'continue',
      disabled: false,
      logLevel: 'info',
      serviceName: undefined,
      propagators: ['tracecontext', 'baggage'],
      spanLimits: {
        attributeValueLengthLimit: Infinity,
        attributeCountLimit: 128,
        eventCountLimit: 128,
        linkCountLimit: 128,
        attributePerEventCountLimit: 128,
        attributePerLinkCountLimit: 128,
      },
      exportTraces: true,
      exportLogs: true,
      traces: localCollector,
      metrics: localCollector,
      logs: localCollector,
      flushTimeoutMs: 4_500,
      spanQueue: { maxQueueSize: 4_096, maxBatchSize: 128, delayMs: 1_000 },
      logQueue: { maxQueueSize: 4_096, maxBatchSize: 128, delayMs: 1_000 },
      logLimits: { attributeValueLength: 8_192, attributeCount: 128 },
      metricExporters: ['otlp'],
      metricTemporality: 'cumulative',
      metricIntervalMs: 60_000,
      metricTimeoutMs: 30_000,
      prometheus: { host: '127.0.0.1', port: 9_464 },
      sampler: { kind: 'file', parentBased: true },
      samplingFile: undefined,
      spanSource: 'instrumentation',
      oldRpcNames: false,
      spanJournal: undefined,
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
    RYZ_GRPC_SPANS: 'Interceptors',
    OTEL_SEMCONV_STABILITY_OPT_IN: 'http, rpc/dup',
    OTEL_RESOURCE_ATTRIBUTES: 'team=a%20b, k=v=w,',
  });
  expect(problems).toEqual([]);
  expect(settings).toMatchObject({
    disabled: true,
    exportTraces: false,
    exportLogs: true,
    traces: { endpoint: 'https://collector:4317', secure: true, timeoutMs: 700 },
    logs: { endpoint: 'http://logs:4317', secure: false, timeoutMs: 5_000 },
    flushTimeoutMs: 700,
    spanQueue: { maxQueueSize: 64, maxBatchSize: 64, delayMs: 1_000 },
    sampler: { kind: 'ratio', ratio: 0.25, parentBased: true },
    samplingFile: 'a.json',
    spanSource: 'interceptors',
    oldRpcNames: true,
    resourceAttributes: { team: 'a b', k: 'v=w' },
  });
});

it.each([
  [
    'OTEL_TRACES_SAMPLER',
    'sometimes',
    'OTEL_TRACES_SAMPLER is "sometimes", but must be one of always_on, always_off, traceidratio, parentbased_always_on, parentbased_always_off, parentbased_traceidratio, jaeger_remote, parentbased_jaeger_remote; using parentbased_jaeger_remote',
  ],
  [
    'RYZ_GRPC_SPANS',
    'patch',
    'RYZ_GRPC_SPANS is "patch", but must be one of instrumentation, interceptors; using instrumentation',
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
    'localhost',
    'OTEL_EXPORTER_OTLP_ENDPOINT is "localhost", but must be an http:// or https:// address, or host:port; using http://localhost:4317',
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

it.each([
  ['rpc', false],
  ['rpc,rpc/dup', true],
  ['rpc/dup , http/dup', true],
  ['rpc/old,RPC/DUP,,', false],
])(
  'takes OTEL_SEMCONV_STABILITY_OPT_IN=%s as old names %s, and leaves out what it does not know',
  (given, old) => {
    const { settings, problems } = readSettings({ OTEL_SEMCONV_STABILITY_OPT_IN: given });
    expect([settings.oldRpcNames, problems]).toEqual([old, []]);
  },
);

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

describe('the sampling endpoint', () => {
  const read = (OTEL_TRACES_SAMPLER_ARG: string, OTEL_TRACES_SAMPLER = 'parentbased_jaeger_remote') => {
    const { settings, problems } = readSettings({ OTEL_TRACES_SAMPLER, OTEL_TRACES_SAMPLER_ARG });
    return { sampler: settings.sampler, said: problems.map(({ sentence }) => sentence) };
  };
  const endpoint = 'http://localhost:5778/sampling';
  const polled = {
    kind: 'endpoint',
    parentBased: true,
    endpoint,
    pollingIntervalMs: 60_000,
    initialSamplingRate: undefined,
  };
  const allowed =
    'endpoint=<http or https address>,pollingIntervalMs=<100 to 86400000>,initialSamplingRate=<0 to 1>, of which only the endpoint is needed';

  it.each([
    [`endpoint=${endpoint}`, {}],
    [
      `endpoint=${endpoint},pollingIntervalMs=2000,initialSamplingRate=0.25`,
      { pollingIntervalMs: 2_000, initialSamplingRate: 0.25 },
    ],
    [
      ` initialSamplingRate = 0 , endpoint = ${endpoint}?a=b `,
      { endpoint: `${endpoint}?a=b`, initialSamplingRate: 0 },
    ],
  ])('is read from %s', (argument, expected) => {
    expect(read(argument)).toEqual({ sampler: { ...polled, ...expected }, said: [] });
    expect(read(argument, 'jaeger_remote').sampler).toEqual({ ...polled, ...expected, parentBased: false });
  });

  it.each([
    [`endpoint=${endpoint},pollingIntervalMs=1`, {}, `endpoint=${endpoint},pollingIntervalMs=60000`],
    [`endpoint=${endpoint},pollingIntervalMs=`, {}, `endpoint=${endpoint},pollingIntervalMs=60000`],
    [
      `endpoint=${endpoint},initialSamplingRate=2,pollingIntervalMs=200`,
      { pollingIntervalMs: 200 },
      `endpoint=${endpoint},pollingIntervalMs=200`,
    ],
    [
      `endpoint=${endpoint},interval=200,initialSamplingRate=1`,
      { initialSamplingRate: 1 },
      `endpoint=${endpoint},pollingIntervalMs=60000,initialSamplingRate=1`,
    ],
  ])('is read, and what is wrong with the rest is said once: %s', (argument, expected, used) => {
    expect(read(argument)).toEqual({
      sampler: { ...polled, ...expected },
      said: [`OTEL_TRACES_SAMPLER_ARG is "${argument}", but must be ${allowed}; using ${used}`],
    });
  });

  it.each(['0.25', 'endpoint=localhost:5778', 'pollingIntervalMs=2000'])(
    'gives way to the file where there is none: %s',
    (argument) => {
      expect(read(argument)).toEqual({
        sampler: { kind: 'file', parentBased: true },
        said: [`OTEL_TRACES_SAMPLER_ARG is "${argument}", but must be ${allowed}; using the sampling file`],
      });
    },
  );

  it('is not read where no sampler is named, or one that is not known', () => {
    const file = { kind: 'file', parentBased: true };
    expect(readSettings({ OTEL_TRACES_SAMPLER_ARG: 'x' })).toMatchObject({
      settings: { sampler: file },
      problems: [],
    });
    const unknown = read('x', 'sometimes');
    expect(unknown.sampler).toEqual(file);
    expect(unknown.said).toHaveLength(1);
  });
});
