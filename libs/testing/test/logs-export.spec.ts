import { createLogger } from '@ryzanstein/runtime';
import { startTelemetry, TraceContext, type Telemetry } from '@ryzanstein/tracing';
import { startOtlpCollector, type OtlpCollector } from '../src/index.ts';

let telemetry: Telemetry;
let collector: OtlpCollector;

async function start(env: Record<string, string> = {}) {
  collector = await startOtlpCollector();
  telemetry = startTelemetry({
    serviceName: 'logging',
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
      OTEL_TRACES_EXPORTER: 'none',
      OTEL_METRICS_EXPORTER: 'none',
      ...env,
    },
  });
  const lines: Record<string, unknown>[] = [];
  const logger = createLogger({
    service: 'logging',
    level: 'debug',
    fields: telemetry.logFields,
    onRecord: telemetry.onLogRecord,
    destination: { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
  });
  return { logger, lines };
}

afterEach(async () => {
  await telemetry.shutdown();
  collector.stop();
});

const traceId = 'a'.repeat(32);
const spanId = 'b'.repeat(16);

it('ties a record to its trace on standard output and over OTLP, sampled or not', async () => {
  const { logger, lines } = await start();
  for (const flags of ['01', '00'])
    TraceContext.fromHeaders({
      traceparent: `00-${traceId}-${spanId}-${flags}`,
      'x-request-id': `r-${flags}`,
    }).run(() => logger.info({ depth: 3 }, 'full'));
  await telemetry.forceFlush();
  const flags = ['01', '00'];
  expect(lines).toMatchObject(
    flags.map((trace_flags) => ({
      level: 'info',
      service: 'logging',
      message: 'full',
      trace_id: traceId,
      span_id: spanId,
      trace_flags,
      request_id: `r-${trace_flags}`,
      depth: 3,
    })),
  );
  expect(collector.logs).toEqual(
    flags.map((trace_flags) => ({
      epochMs: expect.any(Number),
      severity: 'INFO',
      severityNumber: 9,
      body: 'full',
      attributes: { depth: 3, 'request.id': `r-${trace_flags}` },
      traceId,
      spanId,
      traceFlags: Number(trace_flags),
      service: 'logging',
    })),
  );
});

it('takes records from outside of any request', async () => {
  const { logger, lines } = await start();
  logger.warn({ address: '127.0.0.1:1' }, 'listens');
  await telemetry.forceFlush();
  expect(Object.keys(lines[0] ?? {}).sort()).toEqual(['address', 'level', 'message', 'service', 'time']);
  expect(collector.logs).toMatchObject([
    { body: 'listens', attributes: { address: '127.0.0.1:1' }, traceId: '', spanId: '', traceFlags: 0 },
  ]);
  expect(Object.keys(collector.logs[0]?.attributes ?? {})).toEqual(['address']);
});

it('has the severities of the levels', async () => {
  const { logger } = await start();
  for (const level of ['debug', 'info', 'warn', 'error'] as const) logger[level]({}, level);
  for (const level of ['trace', 'fatal', 'mystery'])
    telemetry.onLogRecord({ epochMs: 1, level, message: level, fields: {} });
  await telemetry.forceFlush();
  expect(collector.logs.map(({ severity, severityNumber }) => [severity, severityNumber])).toEqual([
    ['DEBUG', 5],
    ['INFO', 9],
    ['WARN', 13],
    ['ERROR', 17],
    ['TRACE', 1],
    ['FATAL', 21],
    ['MYSTERY', 0],
  ]);
});

it.each([
  ['OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT', {}],
  ['OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT', { OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: '9' }],
])('is bounded by %s', async (variable, others) => {
  await start({ ...others, [variable]: '5', OTEL_ATTRIBUTE_COUNT_LIMIT: '3' });
  const long = 'x'.repeat(1_000_000);
  const fields = { request_id: long, one: long, two: 2, three: 3 };
  telemetry.onLogRecord({ epochMs: 1, level: 'info', message: long, fields });
  await telemetry.forceFlush();
  expect(collector.logs).toMatchObject([{ body: 'xxxxx' }]);
  expect(collector.logs[0]?.attributes).toEqual({ 'request.id': 'xxxxx', one: 'xxxxx', two: 2 });
});

it('is bounded without being asked', async () => {
  await start();
  const fields = Object.fromEntries(Array.from({ length: 1_000 }, (_, n) => [`k${n}`, 'x'.repeat(20_000)]));
  telemetry.onLogRecord({ epochMs: 1, level: 'info', message: 'much', fields });
  await telemetry.forceFlush();
  const attributes = Object.values(collector.logs[0]?.attributes ?? {});
  expect(attributes).toHaveLength(128);
  expect(new Set(attributes)).toEqual(new Set(['x'.repeat(8_192)]));
});
