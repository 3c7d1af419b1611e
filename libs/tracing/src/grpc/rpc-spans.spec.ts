import { ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api';
import { nowEpochMs } from '../epoch-time.ts';
import { startTelemetry } from '../telemetry.ts';
import { recordSpans } from '../testing.ts';
import { RpcMethod } from './rpc-method.ts';
import { RpcSpans } from './rpc-spans.ts';

const quiet = { OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' };
const heldUpMs = 40;

it('ends no sooner than what is in it, however long its start took', async () => {
  const recorder = recordSpans();
  const telemetry = startTelemetry({ serviceName: 'test', env: quiet, spanProcessors: [recorder] });
  try {
    const tracer = trace.getTracer('test');
    const slow: typeof tracer = {
      startSpan(...args) {
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, heldUpMs);
        return tracer.startSpan(...args);
      },
      startActiveSpan: () => {
        throw new Error('not used');
      },
    };
    const spans = new RpcSpans(slow, { untracedMethods: [], oldNames: false });
    const span = spans.start(new RpcMethod('S/M', true, false), SpanKind.SERVER, undefined, ROOT_CONTEXT);
    const insideEpochMs = nowEpochMs();
    span?.end();
    const [recorded] = await recorder.whenIdle();
    expect(recorded?.name).toBe('S/M');
    // As exact as the SDK's nanoseconds in a number.
    expect(recorded?.endEpochMs).toBeGreaterThanOrEqual(insideEpochMs - 0.001);
  } finally {
    await telemetry.shutdown();
  }
});
