import { startTelemetry, type Telemetry } from './telemetry.ts';
import { recordSpans } from './testing.ts';
import { TraceContext } from './trace-context.ts';

const quiet = { OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' };
const recorder = recordSpans();
let telemetry: Telemetry;

beforeEach(() => {
  telemetry = startTelemetry({ serviceName: 'test', env: quiet, spanProcessors: [recorder] });
});

afterEach(() => telemetry.shutdown());

describe('openSpan', () => {
  it('begins one that others continue before its end, which counts once', async () => {
    const { tracer } = telemetry;
    const parent = TraceContext.fromHeaders({
      traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
      tracestate: 'other=1',
      'x-request-id': 'r',
    });
    const t = 1_767_225_600_000;
    const attributes = { 'server.address': 'localhost' };
    const open = tracer.openSpan({ name: 'chat m', kind: 'CLIENT', parent, startEpochMs: t, attributes });
    expect(recorder.open).toEqual(['chat m']);
    expect(open.context.toHeaders()).toEqual({
      traceparent: `00-${'a'.repeat(32)}-${open.context.spanId}-01`,
      tracestate: 'other=1',
      'x-request-id': 'r',
    });
    open.end({
      endEpochMs: t + 9.5,
      attributes: { 'ryzanstein.tokens.output': 2 },
      children: [{ name: 'queue', startEpochMs: t, endEpochMs: t + 1 }],
    });
    open.end({ endEpochMs: t + 99, error: { type: 'late' } });
    const chat = (await recorder.whenIdle(2)).find(({ name }) => name === 'chat m');
    expect(chat).toMatchObject({
      kind: 'CLIENT',
      status: 'UNSET',
      spanId: open.context.spanId,
      parentSpanId: 'b'.repeat(16),
      endEpochMs: t + 9.5,
      attributes: { ...attributes, 'ryzanstein.tokens.output': 2 },
    });
    expect(recorder.spans.find(({ name }) => name === 'queue')?.parentSpanId).toBe(chat?.spanId);
    const refused = tracer.openSpan({
      name: 'chat m',
      parent: TraceContext.fromTraceparent(`00-${'a'.repeat(32)}-${'b'.repeat(16)}-00`),
      startEpochMs: t,
    });
    refused.end({ endEpochMs: t });
    expect(recorder.spans).toHaveLength(2);
    expect(refused.context.toTraceparent()).toMatch(/-00$/);
  });
});
