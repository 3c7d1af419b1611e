import { Metadata } from '@grpc/grpc-js';
import { context, propagation, ROOT_CONTEXT } from '@opentelemetry/api';
import { startTelemetry, type Telemetry } from '../telemetry.ts';
import { recordSpans } from '../testing.ts';
import { TraceContext } from '../trace-context.ts';
import { metadataGetter } from './metadata-carrier.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const spanId = '00f067aa0ba902b7';
const sent = {
  traceparent: `00-${traceId}-${spanId}-00`,
  tracestate: 'a=1',
  baggage: 'b=2',
  'x-request-id': 'r',
};

let telemetry: Telemetry | undefined;
afterEach(() => telemetry?.shutdown());

/** Two spans, one in the other, of a request that arrives with these headers. */
async function serve(edge: boolean, trust: string, headers: Record<string, string> = sent) {
  const recorder = recordSpans();
  const heard: string[] = [];
  const hear = (_fields: object, message: string) => void heard.push(message);
  telemetry = startTelemetry({
    serviceName: 'test',
    edge,
    env: {
      OTEL_TRACES_EXPORTER: 'none',
      OTEL_LOGS_EXPORTER: 'none',
      OTEL_METRICS_EXPORTER: 'none',
      RYZ_TRACE_TRUST: trust,
    },
    spanProcessors: [recorder],
    logger: { info: hear, warn: hear, error: hear },
  });
  const { tracer } = telemetry;
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  const passedOn = context.with(propagation.extract(ROOT_CONTEXT, metadata, metadataGetter), () =>
    tracer.startSpan('outer', () => tracer.startSpan('inner', () => TraceContext.current().toHeaders())),
  );
  await Promise.resolve();
  return { passedOn, spans: recorder.spans, heard };
}

it('restart begins a sampled root that links to the caller, and passes request id and baggage on', async () => {
  const { passedOn, spans } = await serve(true, 'restart');
  const [outer, inner] = spans;
  expect(outer).toMatchObject({ parentSpanId: undefined, links: [{ traceId, spanId, attributes: {} }] });
  expect(inner).toMatchObject({ traceId: outer?.traceId, parentSpanId: outer?.spanId, links: [] });
  expect(outer?.traceId).not.toBe(traceId);
  expect(passedOn).toEqual({
    traceparent: `00-${outer?.traceId}-${inner?.spanId}-03`,
    tracestate: 'ryzanstein=p:1;o:test,ot=th:0',
    baggage: 'b=2',
    'x-request-id': 'r',
  });
});

it('restart links to nothing where no trace arrives', async () => {
  const { spans } = await serve(true, 'restart', { traceparent: 'bad', tracestate: 'a=1' });
  expect(spans.map(({ links }) => links)).toEqual([[], []]);
});

it.each([
  ['continue', true],
  ['', true],
  ['neither', true],
  ['restart', false],
])('RYZ_TRACE_TRUST=%s continues the trace where edge is %s', async (trust, edge) => {
  const { passedOn, spans, heard } = await serve(edge, trust);
  expect(spans).toEqual([]);
  expect(passedOn.traceparent).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-00$`));
  expect(passedOn.tracestate).toBe('a=1');
  expect(heard).toEqual(
    trust === 'neither'
      ? ['RYZ_TRACE_TRUST is "neither", but must be one of continue, restart; using continue']
      : [],
  );
});

it('is continue again for the telemetry after', async () => {
  await serve(true, 'restart');
  await telemetry?.shutdown();
  const { passedOn } = await serve(false, 'continue');
  expect(passedOn.traceparent).toContain(traceId);
});

it('does not concern who asks for a trace by name', async () => {
  await serve(true, 'restart');
  expect(TraceContext.fromHeaders(sent).toHeaders()).toEqual(sent);
});
