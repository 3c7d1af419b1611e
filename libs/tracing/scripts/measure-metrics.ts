import { ValueType } from '@opentelemetry/api';
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import { callMetrics } from '../src/metrics/call-metrics.ts';
import { idleRecorder, SeriesRecorder } from '../src/metrics/recorder.ts';
import { metrics } from '../src/semconv.ts';

// Prints what recording costs, in ns per operation, with OpenTelemetry's own instruments beside it:
// the least and the median of rounds that take turns, so that a slow phase of the machine hits all.

const rounds = 31;
const perRound = 20_000;

class Silent extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

const recorder = new SeriesRecorder();
const meter = new MeterProvider({ readers: [new Silent()] }).getMeter('stock');
const labels = {
  'rpc.system.name': 'grpc',
  'rpc.method': 'ryzanstein.api.v1.LlmService/ChatStream',
  'rpc.response.status_code': 'OK',
} as const;
const stock = meter.createHistogram('stock.duration', {
  advice: { explicitBucketBoundaries: [...metrics['rpc.server.call.duration'].bounds] },
});
const stockTokens = meter.createCounter('stock.tokens', { valueType: ValueType.INT });
const tokenLabels = { 'ryzanstein.model': 'bitnet-7b', 'ryzanstein.token.type': 'output' } as const;
const own = recorder.histogram('rpc.server.call.duration', labels);
const ownTokens = recorder.counter('ryzanstein.tokens', tokenLabels);
const idle = idleRecorder.histogram('rpc.server.call.duration', labels);
const observe = callMetrics(recorder);
const address = { address: '127.0.0.1', port: 50_053 };
const called = (side: 'client' | 'server', durationMs: number) =>
  observe({ side, method: labels['rpc.method'], code: 0, address, durationMs });

// Durations as calls have them, spread over the buckets.
const seconds = Array.from({ length: 1_024 }, (_, index) => 0.001 * 1.009 ** ((index * 37) % 1_024));
const valueOf = (index: number): number => seconds[index & 1_023] as number;

let kept = 0;
const subjects: readonly (readonly [name: string, run: (index: number) => void])[] = [
  ['nothing (the loop)', (index) => void (kept += valueOf(index))],
  ['own histogram.record', (index) => own.record(valueOf(index))],
  ['own counter.add', () => ownTokens.add(3)],
  ['own call observer, server', (index) => called('server', valueOf(index))],
  ['own call observer, client', (index) => called('client', valueOf(index))],
  ['disabled histogram.record', (index) => idle.record(valueOf(index))],
  ['stock histogram.record, 3 labels', (index) => stock.record(valueOf(index), labels)],
  ['stock counter.add, 2 labels', () => stockTokens.add(3, tokenLabels)],
  ['own histogram.record, again', (index) => own.record(valueOf(index))],
];

const times = subjects.map((): number[] => []);
for (let round = -5; round < rounds; round += 1) {
  subjects.forEach(([, run], subject) => {
    const started = process.hrtime.bigint();
    for (let index = 0; index < perRound; index += 1) run(index);
    const nanoseconds = Number(process.hrtime.bigint() - started) / perRound;
    if (round >= 0) times[subject]?.push(nanoseconds);
  });
}
subjects.forEach(([name], subject) => {
  const sorted = (times[subject] ?? []).sort((one, other) => one - other);
  const [least = NaN, median = NaN] = [sorted[0], sorted[sorted.length >> 1]];
  process.stdout.write(
    `${name.padEnd(34)} ${least.toFixed(1).padStart(8)} ${median.toFixed(1).padStart(8)}\n`,
  );
});
if (!Number.isFinite(kept)) process.exitCode = 1;
