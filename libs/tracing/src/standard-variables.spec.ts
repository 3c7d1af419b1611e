import { recordSpans } from './span-recorder.ts';
import { startTelemetry, type Telemetry } from './telemetry.ts';
import { TraceContext } from './trace-context.ts';

const unexported = {
  OTEL_TRACES_EXPORTER: 'none',
  OTEL_LOGS_EXPORTER: 'none',
  OTEL_METRICS_EXPORTER: 'none',
};

let telemetry: Telemetry | undefined;

afterEach(async () => {
  await telemetry?.shutdown();
  telemetry = undefined;
});

function start(env: Record<string, string>, serviceName?: string) {
  const recorder = recordSpans();
  const said: string[] = [];
  const say = (_: object, message: string) => void said.push(message);
  telemetry = startTelemetry({
    serviceName,
    env: { ...unexported, ...env },
    spanProcessors: [recorder],
    logger: { info: say, warn: say, error: say },
  });
  return { recorder, tracer: telemetry.tracer, said };
}

it.each([
  [{ OTEL_SERVICE_NAME: 'shop' }, undefined, 'shop'],
  [{ OTEL_SERVICE_NAME: 'shop' }, 'mine', 'mine'],
  [{ OTEL_RESOURCE_ATTRIBUTES: 'service.name=shop' }, undefined, 'shop'],
  [{}, undefined, 'unknown_service:node'],
])('names the service by %j and %s: %s', (env, given, name) => {
  const { recorder, tracer } = start(env, given);
  tracer.startSpan('step', () => {});
  expect(recorder.spans[0]?.service).toBe(name);
});

it('bounds what a span holds', () => {
  const { recorder, tracer } = start({
    OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: '3',
    OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: '4',
    OTEL_SPAN_EVENT_COUNT_LIMIT: '1',
  });
  tracer.startSpan('step', (span) => {
    span.setAttributes({ a: 'abcdefgh', b: 1, c: 2, d: 3 });
    span.addEvent('one').addEvent('two');
  });
  // The request's id stands first.
  const [step] = recorder.spans;
  expect(Object.keys(step?.attributes ?? {})).toEqual(['request.id', 'a', 'b']);
  expect(step?.attributes['a']).toBe('abcd');
  expect(step?.events.map(({ name }) => name)).toEqual(['two']);
});

const headers = {
  traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
  baggage: 'k=v',
  'x-request-id': 'request-1',
};

it.each([
  ['tracecontext,baggage', headers],
  ['tracecontext', { traceparent: headers.traceparent, 'x-request-id': 'request-1' }],
  ['baggage', { baggage: 'k=v', 'x-request-id': 'request-1' }],
  ['none', { 'x-request-id': 'request-1' }],
])('passes on, with OTEL_PROPAGATORS=%s, %j', (value, passed) => {
  start({ OTEL_PROPAGATORS: value });
  expect(TraceContext.fromHeaders(headers).toHeaders()).toEqual(passed);
});

it('says what a propagator may be, and uses those that it knows', () => {
  const { said } = start({ OTEL_PROPAGATORS: 'b3,tracecontext' });
  return Promise.resolve().then(() =>
    expect(said).toEqual([
      'OTEL_PROPAGATORS is "b3", but must be of tracecontext, baggage, none, separated by commas; using tracecontext',
    ]),
  );
});

it.each([
  ['info', 1],
  ['warn', 1],
  ['error', 0],
  ['none', 0],
])('says of itself, with OTEL_LOG_LEVEL=%s, so many warnings: %i', async (level, count) => {
  const { said } = start({ OTEL_LOG_LEVEL: level, OTEL_BSP_SCHEDULE_DELAY: 'soon' });
  await Promise.resolve();
  expect(said).toHaveLength(count);
});
