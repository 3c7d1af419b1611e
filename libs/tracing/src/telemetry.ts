import type { Interceptor } from '@grpc/grpc-js';
import { context, diag, DiagLogLevel, isSpanContextValid, propagation, trace, type Tracer as ApiTracer, type TracerProvider as ApiTracerProvider } from '@opentelemetry/api';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-grpc';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import type { Resource } from '@opentelemetry/resources';
import { LoggerProvider } from '@opentelemetry/sdk-logs';
import { TracerProvider, type SpanProcessor } from '@opentelemetry/sdk-trace';
import { contextInterceptor, serverCallHook, type ServerCallHook } from './call-hooks.ts';
import { MeshContextManager } from './context-manager.ts';
import { atMostEvery, reporter, warningLogger, type TelemetryLogger } from './diagnostics.ts';
import { processEnv, readSettings, type Env, type TelemetrySettings } from './environment.ts';
import { ExportQueue } from './export/export-queue.ts';
import { logRecordBridge, QueueLogProcessor, type LogRecord } from './export/log-export.ts';
import { RetryingSender, type OneShotExporter } from './export/retrying-sender.ts';
import { QueueSpanProcessor } from './export/span-export.ts';
import { idleGrpc, patchGrpc } from './grpc-patch.ts';
import { meshPropagator } from './propagator.ts';
import { requestOf } from './request-context.ts';
import { RequestSpanProcessor } from './request-span-processor.ts';
import { processResource } from './resource.ts';
import { defaultUntracedMethods, rpcTracerProvider } from './rpc-tracer.ts';
import { MeshSampler, probabilistic, type RootDecision } from './sampler.ts';
import { readStrategiesFile } from './sampling-strategies.ts';
import { formatFlags } from './traceparent.ts';
import { ActiveSpan, SpanMaker, type SpanRecord, type StartOptions } from './tracer.ts';
import type { TraceContext } from './trace-context.ts';

/** What a record of the process's logger says about where it was written. */
export interface LogFields {
  trace_id?: string;
  span_id?: string;
  /** Two hex digits. */
  trace_flags?: string;
  request_id?: string;
}

/** How `startTelemetry` is set up. Everything else comes from the standard `OTEL_*` variables. */
export interface TelemetryOptions {
  /** `service.name` of everything this process emits. */
  readonly serviceName: string;
  readonly serviceVersion?: string | undefined;
  /** Default: `process.env`. */
  readonly env?: Env;
  /** Given every span, beside the export: a test's recorder. */
  readonly spanProcessors?: readonly SpanProcessor[];
  /** Told what is wrong with the telemetry itself. Default: Node's process warnings. */
  readonly logger?: TelemetryLogger;
  /** Methods without spans, `package.Service/Method`. Default: the mesh's long-lived streams, health and reflection. */
  readonly untracedMethods?: readonly string[];
}

/** The telemetry of a process. */
export interface Telemetry {
  readonly serviceName: string;
  readonly tracer: Tracer;
  /** For a gRPC server: serves each call within its trace and request id, and returns both. Works with tracing off. */
  readonly serverCallHook: ServerCallHook;
  /** For a gRPC client: sends request id and trace with each call. Works with tracing off. */
  readonly clientInterceptors: Interceptor[];
  /** Correlation fields of the running code, for a logger. */
  readonly logFields: () => LogFields;
  /** Sends a record of a logger over OTLP; never throws. */
  readonly onLogRecord: (record: LogRecord) => void;
  /** Sends what has ended by now, within 5 s. Never rejects. */
  forceFlush(): Promise<void>;
  /** Sends what is left, within 5 s, and lets another telemetry start. Never rejects. */
  shutdown(): Promise<void>;
}

/** Bound of a flush, and of a shutdown. */
const stopTimeoutMs = 5_000;
const exportLogIntervalMs = 60_000;
const scope = '@ryzanstein/tracing';

let running: Telemetry | undefined;

/**
 * Starts the one telemetry of this process: patches grpc-js and registers with OpenTelemetry's API.
 * Call it before servers and clients are made.
 *
 * @throws Error when one is running already, or another OpenTelemetry SDK is registered.
 * @throws NotPatchedError when grpc-js did not take the instrumentation.
 */
export function startTelemetry(options: TelemetryOptions): Telemetry {
  const { serviceName } = options;
  if (running !== undefined) {
    throw new Error(
      `telemetry of this process was started as "${running.serviceName}" and cannot be started again as ` +
        `"${serviceName}" before its shutdown`,
    );
  }
  const report = reporter(options.logger ?? warningLogger);
  const { settings, problems } = readSettings(options.env ?? processEnv());
  for (const { sentence, variable, value } of problems) report.warn({ variable, value }, sentence);

  registerGlobals(report);
  let signals: Signals;
  try {
    signals = settings.disabled ? noSignals : startSignals(options, settings, report);
  } catch (error) {
    releaseGlobals();
    throw error;
  }
  const telemetry: Telemetry = {
    serviceName,
    tracer: new Tracer({ serviceName, [madeBy]: new SpanMaker(signals.tracer) }),
    serverCallHook,
    clientInterceptors: [contextInterceptor],
    logFields,
    onLogRecord: signals.onLogRecord,
    forceFlush: () => signals.flush(),
    async shutdown() {
      if (running !== telemetry) return;
      running = undefined;
      idleGrpc();
      await signals.shutdown();
      // Another may have been started while this one sent what was left.
      if (running === undefined) releaseGlobals();
    },
  };
  running = telemetry;
  return telemetry;
}

const madeBy = Symbol('made by');

/** How a `Tracer` is made. */
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
   * Runs `fn` within a span that ends with it: when it returns, or when its promise settles. A
   * throw or rejection makes the span an error and is passed on.
   */
  startSpan<T>(name: string, fn: (span: ActiveSpan) => T): T;
  startSpan<T>(name: string, options: StartOptions, fn: (span: ActiveSpan) => T): T;
  startSpan<T>(name: string, optionsOrFn: StartOptions | ((span: ActiveSpan) => T), fn?: (span: ActiveSpan) => T): T {
    if (typeof optionsOrFn === 'function') return this.maker.startSpan(name, noOptions, optionsOrFn);
    return this.maker.startSpan(name, optionsOrFn, fn as (span: ActiveSpan) => T);
  }

  /** Records a span, and the spans below it, after the fact. Returns its place in the trace. */
  recordSpan(span: SpanRecord): TraceContext {
    return this.maker.recordSpan(span);
  }
}

const noOptions: StartOptions = {};

interface Signals {
  readonly tracer: ApiTracer;
  readonly onLogRecord: (record: LogRecord) => void;
  flush(): Promise<void>;
  shutdown(): Promise<void>;
}

const noSignals: Signals = {
  // The global provider is a no-op one, which passes the parent's context on.
  tracer: { startSpan: (...start) => trace.getTracer(scope).startSpan(...start), startActiveSpan: noActiveSpan } as ApiTracer,
  onLogRecord: () => {},
  flush: () => Promise.resolve(),
  shutdown: () => Promise.resolve(),
};

function noActiveSpan(): never {
  throw new Error('not used');
}

function startSignals(options: TelemetryOptions, settings: TelemetrySettings, report: TelemetryLogger): Signals {
  const resource = processResource(options.serviceName, options.serviceVersion, settings.resourceAttributes);
  const provider = new TracerProvider({
    resource,
    sampler: samplerOf(options.serviceName, settings, report),
    spanProcessors: [
      new RequestSpanProcessor(),
      ...(options.spanProcessors ?? []),
      ...(settings.exportTraces ? [spanExport(settings, report)] : []),
    ],
  });
  const logs = settings.exportLogs ? logExport(settings, resource, report) : undefined;
  // An API provider but for the type of a context manager's token.
  const apiProvider = provider as unknown as ApiTracerProvider;
  patchGrpc(
    rpcTracerProvider(apiProvider, {
      untracedMethods: options.untracedMethods ?? defaultUntracedMethods,
      oldNames: settings.oldRpcNames,
    }),
  );
  if (!trace.setGlobalTracerProvider(apiProvider)) throw foreignSdk();
  return {
    tracer: apiProvider.getTracer(scope),
    onLogRecord: logs === undefined ? () => {} : harmless(logRecordBridge(logs.getLogger(scope))),
    flush: () => settled([provider.forceFlush(), logs?.forceFlush()]),
    shutdown: () => settled([provider.shutdown(), logs?.shutdown()]),
  };
}

function samplerOf(service: string, settings: TelemetrySettings, report: TelemetryLogger): MeshSampler {
  const { sampler, samplingFile } = settings;
  let root: RootDecision;
  if (sampler.kind === 'ratio') root = probabilistic(sampler.ratio, service);
  else if (sampler.kind === 'always_off') root = probabilistic(0, service);
  else if (sampler.kind === 'always_on') root = probabilistic(1, service);
  else {
    const strategies = readStrategiesFile(samplingFile, service);
    if (strategies.root === undefined && strategies.problem !== undefined) {
      report.error({ file: samplingFile }, `${strategies.problem}; every trace is kept`);
    }
    root = strategies.root ?? probabilistic(1, service);
  }
  return new MeshSampler(root, sampler.parentBased);
}

function spanExport(settings: TelemetrySettings, report: TelemetryLogger): SpanProcessor {
  const url = settings.tracesEndpoint;
  const build = () => new OTLPTraceExporter({ url, timeoutMillis: settings.exportTimeoutMs });
  return new QueueSpanProcessor(queueOf('spans', url, build, settings.spanQueue, report), stopTimeoutMs);
}

function logExport(settings: TelemetrySettings, resource: Resource, report: TelemetryLogger): LoggerProvider {
  const url = settings.logsEndpoint;
  const build = () => new OTLPLogExporter({ url, timeoutMillis: settings.exportTimeoutMs });
  const queue = queueOf('log records', url, build, settings.logQueue, report);
  return new LoggerProvider({ resource, processors: [new QueueLogProcessor(queue, stopTimeoutMs)] });
}

function queueOf<T>(
  what: string,
  url: string,
  build: () => OneShotExporter<T>,
  settings: TelemetrySettings['spanQueue'],
  report: TelemetryLogger,
): ExportQueue<T> {
  const mayLog = atMostEvery(exportLogIntervalMs);
  let reported = false;
  let lastError = '';
  const say = () => {
    if (!mayLog()) return;
    reported = true;
    report.warn({ endpoint: url, dropped: queue.dropped, queued: queue.size, reason: lastError },
      `${what} cannot be exported to ${url}: ${lastError || 'the queue is full'}; ${queue.dropped} lost so far`);
  };
  const sender = new RetryingSender(build, {
    onOutcome(error) {
      if (error !== undefined) {
        lastError = error.message;
        say();
      } else if (reported) {
        reported = false;
        report.info({ endpoint: url, dropped: queue.dropped }, `${what} are exported to ${url} again; ${queue.dropped} were lost`);
      }
    },
  });
  const queue = new ExportQueue<T>(sender, settings, say);
  return queue;
}

function registerGlobals(report: TelemetryLogger): void {
  if (!context.setGlobalContextManager(new MeshContextManager()) || !propagation.setGlobalPropagator(meshPropagator)) {
    throw foreignSdk();
  }
  const mayLog = atMostEvery(exportLogIntervalMs);
  const say = (message: string) => {
    if (mayLog()) report.warn({}, `OpenTelemetry: ${message}`);
  };
  diag.setLogger(
    { error: say, warn: say, info: () => {}, debug: () => {}, verbose: () => {} },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
}

function releaseGlobals(): void {
  trace.disable();
  propagation.disable();
  context.disable();
  diag.disable();
}

function foreignSdk(): Error {
  return new Error('another OpenTelemetry SDK is registered in this process; this library needs to be the one');
}

function logFields(): LogFields {
  const active = context.active();
  const fields: LogFields = {};
  const span = trace.getSpanContext(active);
  if (span !== undefined && isSpanContextValid(span)) {
    fields.trace_id = span.traceId;
    fields.span_id = span.spanId;
    fields.trace_flags = formatFlags(span.traceFlags);
  }
  const request = requestOf(active);
  if (request !== undefined) fields.request_id = request.requestId;
  return fields;
}

/** A log call must not fail because its record cannot be exported. */
function harmless(emit: (record: LogRecord) => void): (record: LogRecord) => void {
  return (record) => {
    try {
      emit(record);
    } catch {
      // The record stands on standard output all the same.
    }
  };
}

/** Both within the bound, because each is; and whatever an extra processor does. */
async function settled(work: readonly (Promise<unknown> | undefined)[]): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((done) => {
    timer = setTimeout(done, stopTimeoutMs + 200);
  });
  await Promise.race([Promise.allSettled(work), timeout]);
  clearTimeout(timer);
}
