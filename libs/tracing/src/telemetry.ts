import type { Interceptor, ServerInterceptor } from '@grpc/grpc-js';
import type { SpanProcessor } from '@opentelemetry/sdk-trace';
import { registerApi } from './api-globals.ts';
import type { ServerCallHook } from './grpc/call-hooks.ts';
import type { TracedClientOptions } from './grpc/span-source.ts';
import { reporter, warningLogger, type TelemetryLogger } from './diagnostics.ts';
import { processEnv, type Env } from './settings/environment.ts';
import { readSettings } from './settings/telemetry-settings.ts';
import type { ExportCounts } from './export/export-counts.ts';
import type { LogRecord } from './logs/log-export.ts';
import type { MetricRecorder } from './metrics/recorder.ts';
import type { MetricReaderSource } from './metrics/start-metrics.ts';
import { trustCallers } from './propagation/caller-trust.ts';
import { propagateBy, propagatorNames } from './propagation/propagated.ts';
import { logFields, type LogFields } from './logs/log-fields.ts';
import { noSignals, startSignals, type Signals } from './signals.ts';
import type { TraceContext } from './trace-context.ts';
import {
  SpanMaker,
  type ActiveSpan,
  type OpenSpan,
  type SpanRecord,
  type SpanStart,
  type StartOptions,
} from './tracer.ts';

/**
 * How `startTelemetry` is set up. Everything else comes from the standard `OTEL_*` variables.
 *
 * @example
 * const options: TelemetryOptions = { serviceName: 'my-service', serviceVersion: '1.0.0', edge: true };
 * const telemetry = startTelemetry(options);
 */
export interface TelemetryOptions {
  /**
   * `service.name` of everything this process emits. Default: `OTEL_SERVICE_NAME`, else the one of
   * `OTEL_RESOURCE_ATTRIBUTES`, else `unknown_service:node`.
   */
  readonly serviceName?: string | undefined;
  readonly serviceVersion?: string | undefined;
  /** Default: `process.env`. */
  readonly env?: Env;
  /** Given every span, beside the export: a test's recorder. */
  readonly spanProcessors?: readonly SpanProcessor[];
  /** Collect every metric, beside the export: a test's. */
  readonly metricReaders?: readonly MetricReaderSource[];
  /** Told what is wrong with the telemetry itself. Default: Node's process warnings. */
  readonly logger?: TelemetryLogger;
  /** Methods without spans, `package.Service/Method`. Default: the mesh's long-lived streams, health and reflection. */
  readonly untracedMethods?: readonly string[];
  /** Whether callers from outside of the mesh come here: then `RYZ_TRACE_TRUST` applies. Default: false. */
  readonly edge?: boolean;
}

/**
 * The telemetry of a process.
 *
 * @example
 * import { Client, credentials, Server } from '@grpc/grpc-js';
 *
 * const telemetry: Telemetry = startTelemetry({ serviceName: 'my-service' });
 * const server = new Server({ interceptors: telemetry.serverInterceptors });
 * const client = new Client('localhost:50051', credentials.createInsecure(), telemetry.clientOptions);
 */
export interface Telemetry {
  readonly serviceName: string;
  readonly tracer: Tracer;
  /** Records the metrics of the registry. */
  readonly metrics: MetricRecorder;
  /** For a gRPC server: serves each call within its trace and request id, and returns both. Works with tracing off. */
  readonly serverCallHook: ServerCallHook;
  /** For a gRPC client: sends request id and trace with each call. Works with tracing off. */
  readonly clientInterceptors: Interceptor[];
  /** What a client of grpc-js itself is made with: `new grpc.Client(address, credentials, telemetry.clientOptions)`. */
  readonly clientOptions: TracedClientOptions;
  /** What a server of grpc-js itself is made with: `new grpc.Server({ interceptors: telemetry.serverInterceptors })`. */
  readonly serverInterceptors: ServerInterceptor[];
  /** Correlation fields of the running code, for a logger. */
  readonly logFields: () => LogFields;
  /** Sends a record of a logger over OTLP; never throws. */
  readonly onLogRecord: (record: LogRecord) => void;
  /** What became of everything that was to be exported: taken, lost and why, or on its way. */
  readonly exportCounts: () => readonly ExportCounts[];
  /** Sends what has ended by now, within 5 s. Never rejects. */
  forceFlush(): Promise<void>;
  /** Sends what is left, within 5 s, and lets another telemetry start. Never rejects. */
  shutdown(): Promise<void>;
}

let running: Telemetry | undefined;

/**
 * Starts the one telemetry of this process: registers with OpenTelemetry's API and, unless
 * `RYZ_GRPC_SPANS` is `interceptors`, patches grpc-js.
 * Call it before servers and clients are made.
 *
 * @throws Error when one is running already, or another OpenTelemetry SDK is registered.
 * @throws NotPatchedError when grpc-js did not take the instrumentation.
 *
 * @example
 * const telemetry = startTelemetry({ serviceName: 'my-service', serviceVersion: '1.0.0' });
 * // gRPC servers and clients made from here on are traced.
 * process.once('SIGTERM', () => void telemetry.shutdown());
 */
export function startTelemetry(options: TelemetryOptions): Telemetry {
  const { settings, problems } = readSettings(options.env ?? processEnv());
  const serviceName =
    options.serviceName ??
    settings.serviceName ??
    settings.resourceAttributes['service.name'] ??
    'unknown_service:node';
  if (running !== undefined) {
    throw new Error(
      `telemetry of this process was started as "${running.serviceName}" and cannot be started again as ` +
        `"${serviceName}" before its shutdown`,
    );
  }
  const report = reporter(options.logger ?? warningLogger, settings.logLevel);
  for (const { sentence, variable, value } of problems) report.warn({ variable, value }, sentence);

  const signals: Signals = settings.disabled
    ? noSignals
    : startSignals({ ...options, serviceName }, settings, report);
  let release: () => void;
  try {
    release = registerApi(signals.provider, report, signals.meters);
  } catch (error) {
    signals.rpc.idle();
    void signals.shutdown();
    throw error;
  }
  trustCallers(options.edge === true ? settings.callerTrust : 'continue');
  propagateBy(settings.propagators);
  let stopping: Promise<void> | undefined;
  const stop = async () => {
    signals.rpc.idle();
    await signals.shutdown();
    release();
    trustCallers('continue');
    propagateBy(propagatorNames);
    running = undefined;
  };
  const telemetry: Telemetry = {
    serviceName,
    tracer: new Tracer({ serviceName, [madeBy]: new SpanMaker(signals.tracerOf, serviceName) }),
    metrics: signals.metrics,
    serverCallHook: signals.rpc.serverCallHook,
    clientInterceptors: signals.rpc.clientInterceptors,
    clientOptions: signals.rpc.clientOptions,
    serverInterceptors: signals.rpc.serverInterceptors,
    logFields,
    onLogRecord: signals.onLogRecord,
    exportCounts: signals.exportCounts,
    forceFlush: () => signals.flush(),
    shutdown: () => (stopping ??= stop()),
  };
  running = telemetry;
  return telemetry;
}

const madeBy = Symbol('made by');

/**
 * How a `Tracer` is made.
 *
 * @example
 * const options: TracerOptions = { serviceName: 'ryzanstein-inference' };
 * const tracer = new Tracer(options);
 */
export interface TracerOptions {
  /** `service.name` of the process. */
  readonly serviceName: string;
  readonly [madeBy]?: SpanMaker;
}

/**
 * Makes spans for an application's own steps.
 *
 * @example
 * const tracer = new Tracer({ serviceName: 'ryzanstein-inference' });
 * await tracer.startSpan('inference-request', async (span) => {
 *   span.setAttribute('model', 'bitnet-7b');
 * });
 */
export class Tracer {
  private readonly maker: SpanMaker;

  /**
   * Starts the telemetry of this process from the environment, if nothing has yet.
   *
   * @throws Error when the process runs under another service name.
   */
  constructor(options: TracerOptions) {
    const given = options[madeBy];
    if (given !== undefined) {
      this.maker = given;
      return;
    }
    const telemetry = running ?? startTelemetry({ serviceName: options.serviceName });
    if (telemetry.serviceName !== options.serviceName) {
      throw new Error(
        `telemetry of this process was started as "${telemetry.serviceName}", so it has no tracer for "${options.serviceName}"`,
      );
    }
    this.maker = telemetry.tracer.maker;
  }

  /**
   * Runs `fn` within a span that ends with it: when it returns, when its promise settles, or when the
   * generator it returns is exhausted, broken off or collected. A throw or rejection makes the span an
   * error and is passed on.
   *
   * @example
   * const total = tracer.startSpan('sum', () => add(1, 2));
   * const reply = await tracer.startSpan('ask', { attributes: { model } }, async (span) => ask(span));
   * for await (const token of tracer.startSpan('tokens', () => generate())) print(token);
   */
  startSpan<T>(name: string, fn: (span: ActiveSpan) => T): T;
  startSpan<T>(name: string, options: StartOptions, fn: (span: ActiveSpan) => T): T;
  startSpan<T>(
    name: string,
    optionsOrFn: StartOptions | ((span: ActiveSpan) => T),
    fn?: (span: ActiveSpan) => T,
  ): T {
    if (typeof optionsOrFn === 'function') return this.maker.startSpan(name, noOptions, optionsOrFn);
    return this.maker.startSpan(name, optionsOrFn, fn as (span: ActiveSpan) => T);
  }

  /**
   * The same, in the name of another instrumentation scope than the service: of a library that makes
   * spans wherever it is used, such as a part of the mesh.
   *
   * @example
   * const own = tracer.scoped('my-library');
   */
  scoped(scope: string): Tracer {
    return new Tracer({ serviceName: '', [madeBy]: this.maker.scoped(scope) });
  }

  /** Records a span, and the spans below it, after the fact. Returns its place in the trace. */
  recordSpan(span: SpanRecord): TraceContext {
    return this.maker.recordSpan(span);
  }

  /** Begins a span that no one function spans; whoever opens it MUST end it. */
  openSpan(start: SpanStart): OpenSpan {
    return this.maker.openSpan(start);
  }
}

const noOptions: StartOptions = {};
