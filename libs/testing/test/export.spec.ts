import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { startTelemetry, type Telemetry } from '@ryzanstein/tracing';
import { startOtlpCollector, type OtlpCollector } from '../src/index.ts';

let telemetry: Telemetry | undefined;
let collector: OtlpCollector | undefined;

afterEach(async () => {
  await telemetry?.shutdown();
  collector?.stop();
  telemetry = undefined;
  collector = undefined;
});

interface Said {
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
}

function start(endpoint: string, env: Record<string, string> = {}): { telemetry: Telemetry; said: Said[] } {
  const said: Said[] = [];
  const at = (level: Said['level']) => (_fields: object, message: string) => said.push({ level, message });
  telemetry = startTelemetry({
    serviceName: 'sender',
    serviceVersion: '1.2.3',
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
      OTEL_METRICS_EXPORTER: 'none',
      OTEL_BSP_SCHEDULE_DELAY: '20',
      OTEL_BLRP_SCHEDULE_DELAY: '20',
      ...env,
    },
    logger: { info: at('info'), warn: at('warn'), error: at('error') },
  });
  return { telemetry, said };
}

function work(count: number): void {
  for (let n = 0; n < count; n += 1) telemetry?.tracer.startSpan(`step ${n}`, () => {});
}

async function until(done: () => boolean): Promise<void> {
  const giveUpAtMs = performance.now() + 10_000;
  while (!done()) {
    if (performance.now() > giveUpAtMs) throw new Error('it did not come to pass');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

it('delivers spans with resource, times, events, links and status', async () => {
  collector = await startOtlpCollector();
  const { telemetry } = start(collector.endpoint, {
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=staging,team=a%20b',
  });
  const root = telemetry.tracer.startSpan('root', (span) => span.context);
  telemetry.tracer.recordSpan({
    name: 'told',
    kind: 'CLIENT',
    parent: root,
    startEpochMs: 1_700_000_000_000.25,
    endEpochMs: 1_700_000_000_001.5,
    attributes: { int: 3, half: 0.5, yes: true, texts: ['a', 'b'] },
    events: [{ name: 'midway', epochMs: 1_700_000_000_000.75, attributes: { n: 1 } }],
    links: [{ context: root, attributes: { why: 'x' } }],
    error: { type: 'BROKEN', message: 'it broke' },
  });
  await telemetry.forceFlush();

  const [told, sentRoot] = collector.spans;
  expect(told).toMatchObject({
    name: 'told',
    kind: 'CLIENT',
    service: 'sender',
    traceId: root.traceId,
    parentSpanId: root.spanId,
    startEpochMs: 1_700_000_000_000.25,
    endEpochMs: 1_700_000_000_001.5,
    status: 'ERROR',
    statusMessage: 'it broke',
    attributes: { int: 3, half: 0.5, yes: true, texts: ['a', 'b'], 'error.type': 'BROKEN' },
    events: [{ name: 'midway', epochMs: 1_700_000_000_000.75, attributes: { n: 1 } }],
    links: [{ traceId: root.traceId, spanId: root.spanId, attributes: { why: 'x' } }],
    traceState: 'ryzanstein=p:1;o:sender,ot=th:0',
    traceFlags: 3,
  });
  expect(sentRoot?.name).toBe('root');
  expect(told?.resource).toMatchObject({
    'service.name': 'sender',
    'service.version': '1.2.3',
    'service.namespace': 'ryzanstein',
    'service.instance.id': expect.stringMatching(/^[0-9a-f-]{36}$/),
    'deployment.environment.name': 'staging',
    team: 'a b',
    'host.name': expect.any(String),
    'process.pid': process.pid,
    'process.runtime.name': 'nodejs',
    'process.runtime.version': process.versions.node,
  });
});

it('delivers log records within their trace', async () => {
  collector = await startOtlpCollector();
  const { telemetry } = start(collector.endpoint);
  const here = telemetry.tracer.startSpan('root', (span) => {
    telemetry.onLogRecord({
      epochMs: 1_700_000_000_000,
      level: 'warn',
      message: 'slow',
      fields: {
        waitedMs: 12,
        request_id: 'x',
        trace_id: 'x',
        err: new RangeError('too far'),
        detail: { a: 1 },
      },
    });
    return span.context;
  });
  await telemetry.forceFlush();
  expect(collector.logs).toEqual([
    {
      epochMs: 1_700_000_000_000,
      severity: 'WARN',
      severityNumber: 13,
      body: 'slow',
      traceId: here.traceId,
      spanId: here.spanId,
      traceFlags: 3,
      service: 'sender',
      attributes: {
        waitedMs: 12,
        detail: '{"a":1}',
        'request.id': expect.stringMatching(/^[0-9a-f]{32}$/),
        'exception.type': 'RangeError',
        'exception.message': 'too far',
        'exception.stacktrace': expect.stringContaining('RangeError: too far'),
      },
    },
  ]);
});

it('sends full batches at once and a part of one after the delay', async () => {
  collector = await startOtlpCollector();
  start(collector.endpoint, {
    OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '10',
    OTEL_BSP_SCHEDULE_DELAY: '60000',
    OTEL_LOGS_EXPORTER: 'none',
  });
  work(25);
  await collector.until(({ spans }) => spans.length === 20);
  expect(collector.requests).toBe(2);
  await telemetry?.forceFlush();
  expect(collector.spans).toHaveLength(25);
});

it('keeps spans over a refusal and an absence of the collector, and says so once', async () => {
  collector = await startOtlpCollector();
  const { address } = collector;
  const { said } = start(collector.endpoint, { OTEL_LOGS_EXPORTER: 'none' });
  collector.mood = 'refuse';
  work(200);
  await until(() => (collector?.requests ?? 0) >= 1);
  collector.stop();
  work(100);
  await until(() => said.length >= 1);
  collector = await startOtlpCollector(address);
  await collector.until(({ spans }) => spans.length === 300);
  await until(() => said.length === 2);
  expect(said).toEqual([
    { level: 'warn', message: expect.stringMatching(/^spans cannot be exported to http:.*0 lost so far$/) },
    { level: 'info', message: expect.stringMatching(/^spans are exported to http:.* again; 0 were lost$/) },
  ]);
});

it('drops what does not fit the queue, and never blocks the work', async () => {
  collector = await startOtlpCollector();
  collector.mood = 'hang';
  const { said } = start(collector.endpoint, {
    OTEL_BSP_MAX_QUEUE_SIZE: '50',
    OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '10',
    OTEL_BSP_EXPORT_TIMEOUT: '500',
    OTEL_LOGS_EXPORTER: 'none',
  });
  work(500);
  await until(() => said.length >= 1);
  expect(said[0]?.message).toMatch(/the queue is full; [1-9]\d* lost so far$/);
});

it.each([
  ['refuses', 'refuse', {}, 2_000],
  ['hangs', 'hang', { OTEL_BSP_EXPORT_TIMEOUT: '500' }, 2_000],
] as const)('stops in time where the collector %s', async (_title, mood, env, longestMs) => {
  collector = await startOtlpCollector();
  collector.mood = mood;
  const { telemetry } = start(collector.endpoint, env);
  work(300);
  telemetry.onLogRecord({ epochMs: Date.now(), level: 'info', message: 'bye', fields: {} });
  const startedMs = performance.now();
  await telemetry.shutdown();
  expect(performance.now() - startedMs).toBeLessThan(longestMs);
});

describe('with a network that swallows everything', () => {
  let hole: Server;
  const sockets = new Set<Socket>();

  beforeEach(async () => {
    hole = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => {});
    });
    await new Promise<void>((resolve) => hole.listen(0, '127.0.0.1', resolve));
  });

  afterEach(() => {
    for (const socket of sockets) socket.destroy();
    hole.close();
  });

  it('works on, and stops in time', async () => {
    const endpoint = `http://127.0.0.1:${(hole.address() as AddressInfo).port}`;
    const { telemetry } = start(endpoint, { OTEL_BSP_EXPORT_TIMEOUT: '500' });
    work(1_000);
    const startedMs = performance.now();
    await telemetry.shutdown();
    expect(performance.now() - startedMs).toBeLessThan(2_000);
  });
});

it('sends what is left at the shutdown', async () => {
  collector = await startOtlpCollector();
  const { telemetry } = start(collector.endpoint, { OTEL_BSP_SCHEDULE_DELAY: '60000' });
  work(300);
  await telemetry.shutdown();
  expect(collector.spans).toHaveLength(300);
});

it('makes no span of its own calls', async () => {
  collector = await startOtlpCollector();
  const { telemetry } = start(collector.endpoint);
  work(1);
  await telemetry.forceFlush();
  await telemetry.forceFlush();
  expect(collector.spans.map(({ name }) => name)).toEqual(['step 0']);
});
