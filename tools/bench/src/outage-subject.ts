/** A traced service in a process of its own: a small unary method, and spans as many as it is told to end. */
import { Server, ServerCredentials, type handleUnaryCall } from '@grpc/grpc-js';
import { startTelemetry } from '@ryzanstein/tracing';

/** What the process is told to do. */
export type SubjectOrder =
  | { readonly do: 'end'; readonly perSecond: number; readonly seconds: number }
  | { readonly do: 'count' }
  | { readonly do: 'stop' };

/** What it knows, once it has done so. */
export interface SubjectState {
  readonly port: number;
  readonly ended: number;
  readonly sent: number;
  readonly lost: number;
  readonly queued: number;
  readonly inflight: number;
  readonly residentMiB: number;
  /** How long the shutdown took, once there was one. */
  readonly shutdownMs: number;
}

let port = 0;
let ended = 0;
let shutdownMs = 0;

const telemetry = startTelemetry({
  serviceName: 'outage',
  logger: { info() {}, warn() {}, error() {} },
});
const asIs = (bytes: Buffer): Buffer => bytes;
const codec = {
  requestSerialize: asIs,
  requestDeserialize: asIs,
  responseSerialize: asIs,
  responseDeserialize: asIs,
};
const echo: handleUnaryCall<Buffer, Buffer> = (call, answer) => {
  answer(null, call.request);
  ended += 1;
};
const server = new Server();
server.addService(
  { Echo: { path: '/bench.Outage/Echo', requestStream: false, responseStream: false, ...codec } },
  { Echo: echo },
);

function state(): SubjectState {
  const [spans] = telemetry.exportCounts();
  if (spans === undefined) throw new Error('spans are not exported');
  return {
    port,
    ended,
    sent: spans.exported[''] ?? 0,
    lost: spans.lost,
    queued: spans.queueSize,
    inflight: spans.inflight,
    residentMiB: process.memoryUsage.rss() / 2 ** 20,
    shutdownMs,
  };
}

async function end(perSecond: number, seconds: number): Promise<void> {
  const startedMs = performance.now();
  const total = perSecond * seconds;
  for (let done = 0; done < total;) {
    const due = Math.min(total, Math.floor(((performance.now() - startedMs) / 1_000) * perSecond));
    for (; done < due; done += 1) {
      telemetry.tracer.startSpan('step', { attributes: { 'bench.step': done } }, () => {});
      ended += 1;
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

process.on('message', (order: SubjectOrder) => {
  void (async () => {
    if (order.do === 'end') await end(order.perSecond, order.seconds);
    if (order.do === 'stop') {
      const startedMs = performance.now();
      await telemetry.shutdown();
      shutdownMs = performance.now() - startedMs;
    }
    process.send?.(state());
  })();
});

server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => {
  if (error) throw error;
  port = bound;
  process.send?.(state());
});
