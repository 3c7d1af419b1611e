/** A service that has spans under way, one that has ended and is not sent yet, and then waits to be killed. */
import { startTelemetry, TraceContext } from '@ryzanstein/tracing';

const { tracer } = startTelemetry({ serviceName: 'frail', serviceVersion: '1.2.3' });
const caller = TraceContext.fromHeaders({
  traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
  tracestate: 'vendor=x',
  'x-request-id': 'request-1',
});

const unfinished = tracer.startSpan(
  'serve',
  { parent: caller, kind: 'SERVER', attributes: { 'rpc.method': 'shop.v1.Shop/Ask' } },
  async (span) => {
    tracer.startSpan(
      'ask',
      { kind: 'CLIENT' },
      (ask) => void ask.setAttribute('rpc.response.status_code', 'OK'),
    );
    tracer.recordSpan({ name: 'told', parent: span.context, startEpochMs: 1, endEpochMs: 2 });
    await tracer.startSpan('step', () => new Promise(() => {}));
  },
);
unfinished.catch(() => {});
setInterval(() => {}, 60_000);
setImmediate(() => process.stdout.write('ready\n'));
