import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { startOtlpCollector, type OtlpCollector } from '@ryzanstein/testing';
import { readOtlpSettings } from '../settings/otlp-settings.ts';
import { SettingsReader } from '../settings/settings-reader.ts';
import { otlpMetricExporter } from './metric-export.ts';
import { OtlpConnections } from './otlp-connections.ts';

let collector: OtlpCollector;
let connections: OtlpConnections;
let meters: MeterProvider;

beforeEach(async () => {
  collector = await startOtlpCollector();
  connections = new OtlpConnections({ info() {}, warn() {}, error() {} });
  const { metrics } = readOtlpSettings(
    new SettingsReader({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint }),
  );
  const exporter = otlpMetricExporter(connections.open('metrics', metrics, { giveUpAfterMs: 0 }));
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 60_000 });
  meters = new MeterProvider({ readers: [reader] });
  const counter = meters.getMeter('test').createCounter('work.done');
  counter.add(1, { of: 'a' });
  counter.add(1, { of: 'b' });
});

afterEach(() => collector.stop());

it('sends metrics, and counts their points', async () => {
  await meters.forceFlush();
  expect(collector.metrics.map(({ name }) => name)).toEqual(['work.done']);
  await meters.shutdown();
  const [counts] = connections.counts();
  expect(counts).toMatchObject({ thing: 'metric_data_point', inflight: 0, lost: 0 });
  expect(counts?.exported).toEqual({ '': 2 * collector.requests });
});

it('counts the points that are lost', async () => {
  collector.mood = 'refuse';
  await meters.forceFlush();
  expect(connections.counts()[0]).toMatchObject({ exported: { UNAVAILABLE: 2 }, inflight: 0, lost: 2 });
  collector.mood = 'accept';
  await meters.shutdown();
});

it('counts the points that are rejected', async () => {
  collector.mood = [{ rejected: 1, message: 'no' }, 'accept'];
  await meters.forceFlush();
  expect(connections.counts()[0]).toMatchObject({ exported: { '': 1, rejected: 1 }, lost: 1 });
  await meters.shutdown();
});
