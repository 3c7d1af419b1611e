import { startTelemetry, type ExportCounts, type Telemetry } from '@ryzanstein/tracing';
import {
  startBrokenCollector,
  startOtlpCollector,
  type BrokenCollector,
  type CollectorOptions,
  type OtlpCollector,
} from '../src/index.ts';

let telemetry: Telemetry;
let said: string[];
const open: { stop(): unknown }[] = [];
let ended: number;

beforeEach(() => {
  said = [];
  ended = 0;
});

afterEach(async () => {
  await telemetry.shutdown();
  const spans = counts();
  // The invariant of every way to fail: nothing is unaccounted for.
  expect({ queued: spans.queueSize, inflight: spans.inflight }).toEqual({ queued: 0, inflight: 0 });
  expect((spans.exported[''] ?? 0) + spans.lost).toBe(ended);
  await Promise.all(open.splice(0).map((one) => one.stop()));
});

async function collect(where?: string | CollectorOptions): Promise<OtlpCollector> {
  const collector = await startOtlpCollector(where);
  open.push(collector);
  return collector;
}

async function broken(...how: Parameters<typeof startBrokenCollector>): Promise<BrokenCollector> {
  const collector = await startBrokenCollector(...how);
  open.push(collector);
  return collector;
}

function start(endpoint: string, env: Record<string, string> = {}): void {
  const say = (_fields: object, message: string) => said.push(message);
  telemetry = startTelemetry({
    serviceName: 'sender',
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
      OTEL_BSP_SCHEDULE_DELAY: '10',
      OTEL_LOGS_EXPORTER: 'none',
      OTEL_METRICS_EXPORTER: 'none',
      ...env,
    },
    logger: { info: say, warn: say, error: say },
  });
}

/** Ends `count` spans. */
function work(count: number, attributes: Record<string, string> = {}): void {
  for (let n = 0; n < count; n += 1) telemetry.tracer.startSpan('step', { attributes }, () => {});
  ended += count;
}

function counts(): ExportCounts {
  const [spans] = telemetry.exportCounts();
  if (spans === undefined) throw new Error('spans are not exported');
  return spans;
}

async function until(done: () => boolean): Promise<void> {
  const giveUpAtMs = performance.now() + 15_000;
  while (!done()) {
    if (performance.now() > giveUpAtMs)
      throw new Error(`it did not come to pass: ${JSON.stringify(counts())}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

it('counts what was taken, and how long that took', async () => {
  const collector = await collect();
  start(collector.endpoint);
  work(300);
  await telemetry.forceFlush();
  expect(collector.spans).toHaveLength(300);
  expect(counts()).toMatchObject({
    thing: 'span',
    serverAddress: '127.0.0.1',
    serverPort: Number(collector.address.split(':')[1]),
    processed: { '': 300 },
    exported: { '': 300 },
    queueSize: 0,
    queueCapacity: 4_096,
    inflight: 0,
    lost: 0,
  });
  const [took] = counts().operations;
  expect(took).toMatchObject({ errorType: '', count: collector.requests });
  expect(took?.buckets.reduce((sum, bucket) => sum + bucket)).toBe(took?.count);
});

it('keeps everything while nobody listens, and sends it when somebody does', async () => {
  const gone = await collect();
  const { address, endpoint } = gone;
  gone.stop();
  start(endpoint);
  work(500);
  await until(() => counts().operations.some(({ errorType }) => errorType === 'UNAVAILABLE'));
  expect(counts()).toMatchObject({ exported: {}, lost: 0, inflight: 128, queueSize: 372 });
  const back = await collect(address);
  await back.until(({ spans }) => spans.length === 500);
  await until(() => counts().exported[''] === 500);
  await until(() => said.length === 2);
  expect(said[0]).toMatch(/^spans cannot be exported to http:\S+: UNAVAILABLE: .*; 0 lost so far$/);
  expect(said[1]).toBe(`spans are exported to ${endpoint} again; 0 were lost`);
});

it('sends a batch again that a restart cut off', async () => {
  const first = await collect();
  first.mood = 'hang';
  start(first.endpoint);
  work(50);
  await first.until(({ requests }) => requests === 1);
  first.stop();
  const second = await collect(first.address);
  await second.until(({ spans }) => spans.length === 50);
  expect(second.requests).toBe(1);
});

it('takes UNAVAILABLE for a reason to try again', async () => {
  const collector = await collect();
  collector.mood = ['refuse', 'refuse', 'accept'];
  start(collector.endpoint);
  work(20);
  await until(() => counts().exported[''] === 20);
  expect(collector.spans).toHaveLength(20);
  expect(counts().operations.map(({ errorType, count }) => [errorType, count])).toEqual([
    ['UNAVAILABLE', 2],
    ['', 1],
  ]);
});

it('waits as long as RetryInfo says, with RESOURCE_EXHAUSTED too', async () => {
  const collector = await collect();
  collector.mood = [{ code: 8, details: 'slow down', retryAfterMs: 700 }, 'accept'];
  start(collector.endpoint);
  const startedMs = performance.now();
  work(20);
  await until(() => counts().exported[''] === 20);
  expect(performance.now() - startedMs).toBeGreaterThanOrEqual(700);
  expect(collector.requests).toBe(2);
});

it.each([
  [3, 'INVALID_ARGUMENT'],
  [7, 'PERMISSION_DENIED'],
  [8, 'RESOURCE_EXHAUSTED'],
  [12, 'UNIMPLEMENTED'],
  [13, 'INTERNAL'],
  [16, 'UNAUTHENTICATED'],
])('does not try again what is refused with code %i', async (code, errorType) => {
  const collector = await collect();
  collector.mood = { code, details: 'never' };
  start(collector.endpoint);
  work(20);
  await until(() => counts().exported[errorType] === 20);
  expect(collector.requests).toBe(1);
  await until(() => said.length === 1);
  expect(said[0]).toContain(`: ${errorType}: never; 0 lost so far`);
});

it('drops what finds no room while the collector never answers, to the span', async () => {
  const collector = await collect();
  collector.mood = 'hang';
  start(collector.endpoint, {
    OTEL_BSP_MAX_QUEUE_SIZE: '100',
    OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '10',
    OTEL_BSP_EXPORT_TIMEOUT: '400',
  });
  work(10);
  await collector.until(({ requests }) => requests === 1);
  work(490);
  expect(counts()).toMatchObject({
    processed: { '': 10, queue_full: 390 },
    queueSize: 100,
    inflight: 10,
    lost: 390,
  });
  await telemetry.shutdown();
  // The loss of one batch is its own; the rest was never tried.
  const { exported, processed } = counts();
  expect((exported.shutdown ?? 0) + (exported.DEADLINE_EXCEEDED ?? 0) + (processed.shutdown ?? 0)).toBe(110);
  work(5);
  expect(counts().processed.shutdown).toBe((processed.shutdown ?? 0) + 5);
});

it.each(['silent', 'deaf', 'garbage', 'http1', 'reset'] as const)(
  'keeps spans over a %s thing that stands where the collector should',
  async (breakage) => {
    const wrong = await broken(breakage);
    start(wrong.endpoint, { OTEL_EXPORTER_OTLP_TIMEOUT: '600' });
    work(200);
    await until(() => wrong.connections >= 2);
    expect(counts().lost).toBe(0);
    await wrong.stop();
    const right = await collect(wrong.address);
    await until(() => counts().exported[''] === 200);
    // What is sent again after an attempt that took too long may have come twice.
    expect(new Set(right.spans.map(({ spanId }) => spanId)).size).toBe(200);
    expect(said.filter((line) => line.startsWith('spans cannot be exported'))).toHaveLength(1);
  },
);

it('gives a slow collector its time', async () => {
  const collector = await collect();
  let answer = () => {};
  collector.mood = { when: new Promise<void>((resolve) => (answer = resolve)) };
  start(collector.endpoint);
  work(20);
  await collector.until(({ requests }) => requests === 1);
  expect(counts()).toMatchObject({ inflight: 20, lost: 0 });
  answer();
  await until(() => counts().exported[''] === 20);
  expect(collector.requests).toBe(1);
});

it('counts what the collector rejects, and says why, once', async () => {
  const collector = await collect();
  collector.mood = { rejected: 3, message: 'too old' };
  start(collector.endpoint);
  work(20);
  await telemetry.forceFlush();
  work(5);
  await telemetry.forceFlush();
  expect(counts()).toMatchObject({ exported: { '': 19, rejected: 6 }, lost: 6 });
  expect(said).toEqual([`${collector.endpoint} rejected 3 spans: too old`]);
});

it('takes an answer that it cannot read for a yes, and says so once', async () => {
  const collector = await collect();
  collector.mood = { bytes: Buffer.from([0x0a, 0xff, 0x01, 0x00]) };
  start(collector.endpoint);
  work(20);
  await telemetry.forceFlush();
  work(20);
  await telemetry.forceFlush();
  expect(counts()).toMatchObject({ exported: { '': 40 }, lost: 0 });
  expect(said).toEqual([
    `${collector.endpoint} takes spans, but its answers cannot be read: what it rejects goes unnoticed`,
  ]);
});

it('halves what is too large, and loses only what is too large by itself', async () => {
  const collector = await collect({ maxRequestBytes: 100_000 });
  start(collector.endpoint);
  work(7, { text: 'x'.repeat(20_000) });
  work(1, { text: 'x'.repeat(200_000) });
  await telemetry.forceFlush();
  expect(collector.spans).toHaveLength(7);
  expect(counts()).toMatchObject({ exported: { '': 7, RESOURCE_EXHAUSTED: 1 }, lost: 1 });
  expect(said.join()).toContain('one is too large for a request');
});

it('sends no request above 4 MiB', async () => {
  const collector = await collect();
  start(collector.endpoint);
  work(10, { text: 'x'.repeat(900_000) });
  await telemetry.forceFlush();
  expect(collector.spans).toHaveLength(10);
  expect(counts().operations.map(({ errorType }) => errorType)).toEqual(['']);
});

it('never sends log lines of its failures faster than one a minute', async () => {
  const collector = await collect();
  collector.mood = 'refuse';
  start(collector.endpoint, { OTEL_BSP_MAX_QUEUE_SIZE: '10' });
  work(100);
  await collector.until(({ requests }) => requests === 3);
  expect(said).toHaveLength(1);
});
