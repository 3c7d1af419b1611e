import type { InterceptingCall } from '@grpc/grpc-js';
import { Metadata, type NextCall } from '@grpc/grpc-js';
import { context, propagation, trace } from '@opentelemetry/api';
import { startTelemetry, Tracer, type Telemetry } from './telemetry.ts';
import { recordSpans, type SpanRecorder } from './testing.ts';
import { TraceContext, untraced } from './trace-context.ts';
import { currentSpan } from './tracer.ts';

const quiet = { OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' };
let telemetry: Telemetry | undefined;
let recorder: SpanRecorder;

function start(env: Record<string, string> = {}): Telemetry {
  recorder = recordSpans();
  telemetry = startTelemetry({ serviceName: 'test', env: { ...quiet, ...env }, spanProcessors: [recorder] });
  return telemetry;
}

afterEach(async () => {
  await telemetry?.shutdown();
  telemetry = undefined;
});

describe('startTelemetry', () => {
  it('refuses a second start, naming the first, until the first is shut down', async () => {
    const first = start();
    expect(() => startTelemetry({ serviceName: 'other', env: quiet })).toThrow(
      'started as "test" and cannot be started again as "other"',
    );
    expect(() => new Tracer({ serviceName: 'other' })).toThrow(
      'started as "test", so it has no tracer for "other"',
    );
    await first.shutdown();
    await first.shutdown();
    telemetry = startTelemetry({ serviceName: 'other', env: quiet });
    expect(telemetry.serviceName).toBe('other');
  });

  it('refuses to work beside another SDK', () => {
    const other = { getTracer: () => trace.getTracer('x') };
    trace.setGlobalTracerProvider(other);
    try {
      expect(() => start()).toThrow('another OpenTelemetry SDK is registered');
      // What it had registered by then is gone again.
      expect(propagation.fields()).toEqual([]);
    } finally {
      trace.disable();
    }
    expect(start().serviceName).toBe('test');
  });

  it('reports a value that a variable cannot have, once', async () => {
    const said: string[] = [];
    const logger = { info() {}, error() {}, warn: (_fields: object, message: string) => said.push(message) };
    telemetry = startTelemetry({
      serviceName: 'test',
      env: { ...quiet, OTEL_SDK_DISABLED: 'maybe' },
      logger,
    });
    await Promise.resolve();
    expect(said).toEqual(['OTEL_SDK_DISABLED is "maybe", but must be one of true, false; using false']);
  });

  it('is not harmed by a logger that is', async () => {
    const logger = {
      info() {},
      error() {},
      warn: () => {
        throw new Error('no');
      },
    };
    telemetry = startTelemetry({
      serviceName: 'test',
      env: { ...quiet, OTEL_SDK_DISABLED: 'maybe' },
      logger,
    });
    await Promise.resolve();
  });

  it("gives other libraries of the process this one's spans and context", async () => {
    const { tracer } = start();
    await tracer.startSpan('outer', async () => {
      await Promise.resolve();
      trace.getTracer('their-library').startSpan('inner').end();
    });
    // Spans of others start on whole milliseconds, and so may stand before their parents.
    const spans = await recorder.whenIdle(2);
    const [outer, inner] = ['outer', 'inner'].map((name) => spans.find((span) => span.name === name));
    expect(inner).toMatchObject({ name: 'inner', parentSpanId: outer?.spanId, scope: 'their-library' });
    expect(inner?.attributes['request.id']).toBe(outer?.attributes['request.id']);
  });
});

describe('Tracer', () => {
  it('returns what the function returns, and ends the span with it', async () => {
    const { tracer } = start();
    expect(tracer.startSpan('sync', () => 1)).toBe(1);
    await expect(tracer.startSpan('async', async () => 2)).resolves.toBe(2);
    expect((await recorder.whenIdle(2)).map(({ name, status }) => [name, status])).toEqual([
      ['sync', 'UNSET'],
      ['async', 'UNSET'],
    ]);
  });

  it('makes the span an error of what is thrown, and passes it on', async () => {
    const { tracer } = start();
    const coded = Object.assign(new Error('gone'), { code: 'UNAVAILABLE' });
    expect(() =>
      tracer.startSpan('sync', () => {
        throw new RangeError('too far');
      }),
    ).toThrow('too far');
    await expect(
      tracer.startSpan('async', async () => {
        throw coded;
      }),
    ).rejects.toBe(coded);
    expect(
      (await recorder.whenIdle(2)).map(({ status, statusMessage, attributes }) => [
        status,
        statusMessage,
        attributes['error.type'],
      ]),
    ).toEqual([
      ['ERROR', 'too far', 'RangeError'],
      ['ERROR', 'gone', 'UNAVAILABLE'],
    ]);
  });

  it('takes kind, attributes, links, parent and start', async () => {
    const { tracer } = start();
    const cause = tracer.startSpan('cause', (span) => span.context);
    const parent = TraceContext.fromHeaders({
      traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
      'x-request-id': 'r',
    });
    const startEpochMs = performance.timeOrigin + performance.now() - 50;
    tracer.startSpan(
      'effect',
      {
        kind: 'CONSUMER',
        parent,
        startEpochMs,
        attributes: { free: 1 },
        links: [{ context: cause, attributes: { n: 1 } }],
      },
      (span) => {
        span.setAttribute('form', [true]).addEvent('happened', { x: 1 }).setError('OOPS', 'sorry');
      },
    );
    const effect = (await recorder.whenIdle(2)).find(({ name }) => name === 'effect');
    expect(effect).toMatchObject({
      kind: 'CONSUMER',
      traceId: 'a'.repeat(32),
      parentSpanId: 'b'.repeat(16),
      attributes: { free: 1, form: [true], 'request.id': 'r', 'error.type': 'OOPS' },
      events: [{ name: 'happened', attributes: { x: 1 } }],
      links: [{ traceId: cause.traceId, spanId: cause.spanId, attributes: { n: 1 } }],
      status: 'ERROR',
      statusMessage: 'sorry',
    });
    expect(effect?.startEpochMs).toBeCloseTo(startEpochMs, 3);
    expect((effect?.endEpochMs ?? 0) - startEpochMs).toBeGreaterThanOrEqual(49);
  });

  it('is harmless after the end of the span', async () => {
    const { tracer } = start();
    const span = tracer.startSpan('short', (active) => active);
    span.setAttribute('late', 1).addEvent('late').setError('late');
    expect(recorder.spans[0]).toMatchObject({ status: 'UNSET', events: [] });
  });

  it('gives concurrent work its own spans', async () => {
    const { tracer } = start();
    await Promise.all(
      ['a', 'b'].map((name) =>
        tracer.startSpan(name, async () => {
          await new Promise((resolve) => setImmediate(resolve));
          tracer.startSpan(`${name}.child`, () => {});
        }),
      ),
    );
    const spans = await recorder.whenIdle(4);
    for (const name of ['a', 'b']) {
      const parent = spans.find((span) => span.name === name);
      expect(spans.find((span) => span.name === `${name}.child`)?.parentSpanId).toBe(parent?.spanId);
    }
  });
});

describe('recordSpan', () => {
  it('keeps the given times to the microsecond, and the tree', async () => {
    const { tracer } = start();
    const parent = TraceContext.fromHeaders({
      traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
      'x-request-id': 'r',
    });
    const t = 1_767_225_600_000;
    const chat = tracer.recordSpan({
      name: 'chat m',
      parent,
      startEpochMs: t + 0.125,
      endEpochMs: t + 900.5,
      attributes: { 'ryzanstein.tokens.output': 2 },
      events: [{ name: 'first_token', epochMs: t + 30.001 }],
      error: { type: 'DEADLINE_EXCEEDED' },
      children: [
        { name: 'queue', startEpochMs: t + 0.125, endEpochMs: t + 10.3333 },
        { name: 'prefill', startEpochMs: t + 10.3333, endEpochMs: t + 30.001, links: [{ context: parent }] },
      ],
    });
    const spans = await recorder.whenIdle(3);
    expect(
      spans.map(({ name, startEpochMs, endEpochMs }) => [
        name,
        +(startEpochMs - t).toFixed(3),
        +(endEpochMs - t).toFixed(3),
      ]),
    ).toEqual([
      ['queue', 0.125, 10.333],
      ['chat m', 0.125, 900.5],
      ['prefill', 10.333, 30.001],
    ]);
    const [queue, recordedChat, prefill] = spans;
    expect(recordedChat).toMatchObject({
      spanId: chat.spanId,
      parentSpanId: 'b'.repeat(16),
      status: 'ERROR',
      attributes: { 'request.id': 'r', 'error.type': 'DEADLINE_EXCEEDED', 'ryzanstein.tokens.output': 2 },
    });
    expect(recordedChat?.events[0]?.epochMs).toBeCloseTo(t + 30.001, 3);
    expect([queue?.parentSpanId, prefill?.parentSpanId]).toEqual([chat.spanId, chat.spanId]);
    expect(prefill?.links).toHaveLength(1);
  });

  it('takes times that are close to the start of the epoch as they are', async () => {
    const { tracer } = start();
    tracer.recordSpan({
      name: 'early',
      parent: TraceContext.fromHeaders({}),
      startEpochMs: 5.5,
      endEpochMs: 4,
    });
    expect(recorder.spans[0]).toMatchObject({ startEpochMs: 5.5, endEpochMs: 5.5 });
  });

  it('records nothing of a trace that is not sampled', () => {
    const { tracer } = start();
    const parent = TraceContext.fromTraceparent(`00-${'a'.repeat(32)}-${'b'.repeat(16)}-00`);
    const context = tracer.recordSpan({
      name: 'x',
      parent,
      startEpochMs: 1,
      endEpochMs: 2,
      children: [{ name: 'y', startEpochMs: 1, endEpochMs: 2 }],
    });
    expect(recorder.spans).toEqual([]);
    expect(context.traceId).toBe('a'.repeat(32));
  });
});

describe('currentSpan', () => {
  it('decorates the active span, and is absent where none is recorded', async () => {
    const { tracer } = start();
    expect(currentSpan()).toBeUndefined();
    expect(
      TraceContext.fromTraceparent(`00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`).run(() => currentSpan()),
    ).toBeUndefined();
    tracer.startSpan('step', () => {
      currentSpan()?.setAttribute('ryzanstein.model', 'm');
      currentSpan()?.setAttributes({ 'ryzanstein.gpu.id': 1, 'gen_ai.response.finish_reasons': ['stop'] });
      currentSpan()?.addEvent('first_token', {}, 1_767_225_600_000.5);
    });
    expect(recorder.spans[0]).toMatchObject({
      attributes: {
        'ryzanstein.model': 'm',
        'ryzanstein.gpu.id': 1,
        'gen_ai.response.finish_reasons': ['stop'],
      },
      events: [{ name: 'first_token', epochMs: 1_767_225_600_000.5 }],
    });
  });
});

it('untraced work has no spans, an unsampled trace to pass on, and its request id', () => {
  const { tracer } = start({ OTEL_TRACES_SAMPLER: 'always_on' });
  const [traceparent, requestId] = TraceContext.fromHeaders({ 'x-request-id': 'r' }).run(() =>
    untraced(() =>
      tracer.startSpan('hidden', () => {
        tracer.recordSpan({
          name: 'hidden too',
          parent: TraceContext.current(),
          startEpochMs: 1,
          endEpochMs: 2,
        });
        return [TraceContext.current().toTraceparent(), TraceContext.current().requestId];
      }),
    ),
  );
  expect(traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
  expect(requestId).toBe('r');
  expect(recorder.spans).toEqual([]);
});

describe('with the SDK disabled', () => {
  const info = (metadata: Metadata) => ({
    method: 'pkg.S/M',
    requestMetadata: metadata,
    responseHeaders: new Metadata(),
    trailers: new Metadata(),
    ended: undefined as ((outcome: { code: string }) => void) | undefined,
    onEnd(listener: (outcome: { code: string }) => void) {
      this.ended = listener;
    },
  });

  /** What a call made here with these metadata is sent with. They stay as they are, for other calls. */
  function outgoing(from: Telemetry, metadata = new Metadata()): Record<string, unknown> {
    const given = metadata.getMap();
    let sent = new Metadata();
    const next: NextCall = () => ({
      start: (out) => void (sent = out),
      cancelWithStatus() {},
      getPeer: () => '',
      sendMessageWithContext() {},
      sendMessage() {},
      startRead() {},
      halfClose() {},
      getAuthContext: () => null,
    });
    const call = from.clientInterceptors[0]?.({ method_definition: {} } as never, next);
    (call as InterceptingCall).start(metadata);
    expect(metadata.getMap()).toEqual(given);
    return sent.getMap();
  }

  it('makes no spans, and passes request id and trace on all the same', () => {
    const disabled = start({ OTEL_SDK_DISABLED: 'true' });
    const metadata = new Metadata();
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    metadata.set('traceparent', traceparent);
    metadata.set('x-request-id', 'r');
    const call = info(metadata);
    disabled.serverCallHook(call, () => {
      expect(disabled.tracer.startSpan('x', (span) => span.context.traceId)).toBe('a'.repeat(32));
      expect(disabled.logFields()).toEqual({
        trace_id: 'a'.repeat(32),
        span_id: 'b'.repeat(16),
        trace_flags: '01',
        request_id: 'r',
      });
      expect(outgoing(disabled)).toEqual({ traceparent, 'x-request-id': 'r' });
    });
    expect(call.responseHeaders.getMap()).toEqual({ 'x-request-id': 'r', traceresponse: traceparent });
    expect(call.trailers.getMap()).toEqual({});
    call.ended?.({ code: 'INTERNAL' });
    expect(call.trailers.getMap()).toEqual({ 'x-request-id': 'r', traceresponse: traceparent });
    expect(recorder.spans).toEqual([]);
    expect(context.active().getValue(Symbol.for('any'))).toBeUndefined();
  });

  it('makes a request id where there is none, and keeps one that is given', () => {
    const disabled = start({ OTEL_SDK_DISABLED: 'true' });
    expect(outgoing(disabled)).toEqual({ 'x-request-id': expect.stringMatching(/^[0-9a-f]{32}$/) });
    const metadata = new Metadata();
    metadata.set('x-request-id', 'mine');
    expect(outgoing(disabled, metadata)).toEqual({ 'x-request-id': 'mine' });
  });
});
