import { readSettings } from './telemetry-settings.ts';

it('reads what is set', () => {
  const { settings, problems } = readSettings({
    OTEL_METRICS_EXPORTER: 'Prometheus, otlp',
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4317',
    OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://metrics:4317',
    OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'DELTA',
    OTEL_METRIC_EXPORT_INTERVAL: '5000',
    OTEL_EXPORTER_PROMETHEUS_HOST: '0.0.0.0',
    OTEL_EXPORTER_PROMETHEUS_PORT: '0',
  });
  expect(problems).toEqual([]);
  expect(settings).toMatchObject({
    metricExporters: ['otlp', 'prometheus'],
    metrics: { endpoint: 'http://metrics:4317' },
    metricTemporality: 'delta',
    metricIntervalMs: 5_000,
    // A collection ends before the next one begins.
    metricTimeoutMs: 5_000,
    prometheus: { host: '0.0.0.0', port: 0 },
  });
});

it.each([
  ['none', []],
  ['', ['otlp']],
  ['otlp', ['otlp']],
  ['prometheus,none', ['prometheus']],
])('sends metrics, with OTEL_METRICS_EXPORTER=%s, by %j', (value, exporters) => {
  const { settings, problems } = readSettings({ OTEL_METRICS_EXPORTER: value });
  expect([settings.metricExporters, problems]).toEqual([exporters, []]);
});

it.each([
  [
    'OTEL_METRICS_EXPORTER',
    'console',
    'OTEL_METRICS_EXPORTER is "console", but must be of otlp, prometheus, none, separated by commas; using otlp',
  ],
  [
    'OTEL_METRICS_EXPORTER',
    'prometheus,console',
    'OTEL_METRICS_EXPORTER is "console", but must be of otlp, prometheus, none, separated by commas; using prometheus',
  ],
  [
    'OTEL_EXPORTER_PROMETHEUS_PORT',
    '70000',
    'OTEL_EXPORTER_PROMETHEUS_PORT is "70000", but must be a whole number from 0 to 65535; using 9464',
  ],
  [
    'OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE',
    'sometimes',
    'OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE is "sometimes", but must be one of cumulative, delta, lowmemory; using cumulative',
  ],
])('says what is wrong with %s=%s', (variable, value, sentence) => {
  expect(readSettings({ [variable]: value }).problems.map((problem) => problem.sentence)).toEqual([sentence]);
});
