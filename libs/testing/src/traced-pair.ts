import {
  createRpcClient,
  createRpcServer,
  type AnyService,
  type RpcClient,
  type RpcServer,
  type RpcServerOptions,
  type ServiceHandlers,
} from '@ryzanstein/rpc';
import { silentLogger } from '@ryzanstein/runtime';
import { startTelemetry, type Telemetry, type TelemetryOptions } from '@ryzanstein/tracing';
import { recordSpans, tapMetrics, type MetricTap, type SpanRecorder } from '@ryzanstein/tracing/testing';

/** A server and a client of it in this process, both traced by one telemetry. */
export interface TracedPair<S> {
  readonly address: string;
  readonly client: RpcClient<S>;
  readonly server: RpcServer;
  readonly telemetry: Telemetry;
  /** Has every span of both. */
  readonly recorder: SpanRecorder;
  /** Closes everything, so that another pair can be started. */
  stop(): Promise<void>;
}

export interface TracedPairOptions {
  readonly serviceName?: string;
  readonly telemetry?: Partial<TelemetryOptions>;
  readonly server?: Partial<RpcServerOptions>;
}

/** An environment in which telemetry records and sends nothing anywhere. */
export const unexported = {
  OTEL_TRACES_EXPORTER: 'none',
  OTEL_METRICS_EXPORTER: 'none',
  OTEL_LOGS_EXPORTER: 'none',
} as const;

/** Starts telemetry with a recorder and a tap for metrics; `serviceName` default: `test`. */
export function startTestTelemetry(options: Partial<TelemetryOptions> = {}): {
  telemetry: Telemetry;
  recorder: SpanRecorder;
  tap: MetricTap;
} {
  const recorder = recordSpans();
  const tap = tapMetrics();
  const telemetry = startTelemetry({
    serviceName: 'test',
    ...options,
    env: { ...unexported, ...options.env },
    spanProcessors: [recorder, ...(options.spanProcessors ?? [])],
    metricReaders: [tap, ...(options.metricReaders ?? [])],
  });
  return { telemetry, recorder, tap };
}

/**
 * Starts telemetry, a server of `service` on a free port, and a client of it.
 *
 * @example
 * const pair = await startTracedPair(inferenceEngine, handlers);
 * await pair.client.GetLoad({});
 * expectTree(await pair.recorder.whenIdle(2)).toEqual(…);
 * await pair.stop();
 */
export async function startTracedPair<S extends AnyService>(
  service: S,
  handlers: ServiceHandlers<S>,
  options: TracedPairOptions = {},
): Promise<TracedPair<S>> {
  const { serviceName = 'test' } = options;
  const { telemetry, recorder } = startTestTelemetry({ serviceName, ...options.telemetry });
  const server = createRpcServer({
    logger: silentLogger,
    onCall: telemetry.serverCallHook,
    ...options.server,
  });
  const address = await server.add(service, handlers).listen('127.0.0.1:0');
  const client = createRpcClient(service, address, { interceptors: telemetry.clientInterceptors });
  return {
    address,
    client,
    server,
    telemetry,
    recorder,
    async stop() {
      client.close();
      await server.close();
      await telemetry.shutdown();
    },
  };
}
