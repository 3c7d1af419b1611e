import {
  ProxyTracerProvider,
  type MeterProvider as ApiMeterProvider,
  type Tracer as ApiTracer,
  type TracerProvider as ApiTracerProvider,
} from '@opentelemetry/api';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-grpc';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import type { Resource } from '@opentelemetry/resources';
import { LoggerProvider } from '@opentelemetry/sdk-logs';
import { TracerProvider, type SpanProcessor } from '@opentelemetry/sdk-trace';
import { atMostEvery, type TelemetryLogger } from './diagnostics.ts';
import type { QueueSettings } from './settings/export-settings.ts';
import type { TelemetrySettings } from './settings/telemetry-settings.ts';
import { ExportQueue } from './export/export-queue.ts';
import { logRecordBridge, QueueLogProcessor, type LogRecord } from './logs/log-export.ts';
import { RetryingSender, type OneShotExporter } from './export/retrying-sender.ts';
import { QueueSpanProcessor } from './export/span-export.ts';
import { noMetrics, startMetrics, type MetricReaderSource } from './metrics/start-metrics.ts';
import type { MetricRecorder } from './metrics/recorder.ts';
import { patchGrpc } from './grpc/grpc-patch.ts';
import { RequestSpanProcessor } from './request-span-processor.ts';
import { processResource } from './resource.ts';
import { defaultUntracedMethods, rpcTracerProvider } from './grpc/rpc-tracer.ts';
import { MeshSampler, probabilistic, type RootDecision } from './sampling/sampler.ts';
import { readStrategiesFile } from './sampling/sampling-strategies.ts';

const exportLogIntervalMs = 60_000;
const scope = '@ryzanstein/tracing';

/** What is not in the environment. */
export interface SignalsOptions {
  readonly serviceName: string;
  readonly serviceVersion?: string | undefined;
  readonly spanProcessors?: readonly SpanProcessor[] | undefined;
  readonly untracedMethods?: readonly string[] | undefined;
  readonly metricReaders?: readonly MetricReaderSource[] | undefined;
}

/** What telemetry emits by, once it is set up. */
export interface Signals {
  /** What OpenTelemetry's API makes spans by; undefined where it makes none. */
  readonly provider: ApiTracerProvider | undefined;
  readonly tracer: ApiTracer;
  /** What OpenTelemetry's API makes instruments by; undefined where it makes none. */
  readonly meters: ApiMeterProvider | undefined;
  readonly metrics: MetricRecorder;
  readonly onLogRecord: (record: LogRecord) => void;
  /** Bounded; never rejects. */
  flush(): Promise<void>;
  /** Bounded; never rejects. */
  shutdown(): Promise<void>;
}

/** Makes and sends nothing, for a process whose SDK is disabled. */
export const noSignals: Signals = {
  provider: undefined,
  // Without a provider behind it, its spans are not recorded and pass the parent's ids on.
  tracer: new ProxyTracerProvider().getTracer(scope),
  meters: noMetrics.provider,
  metrics: noMetrics.recorder,
  onLogRecord: () => {},
  flush: () => Promise.resolve(),
  shutdown: () => Promise.resolve(),
};

/**
 * Sets up traces and logs, and makes grpc-js traced.
 *
 * @throws NotPatchedError when grpc-js did not take the instrumentation.
 */
export function startSignals(
  options: SignalsOptions,
  settings: TelemetrySettings,
  report: TelemetryLogger,
): Signals {
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
  const metrics = startMetrics({ resource, settings, readers: options.metricReaders ?? [], report });
  // An API provider but for the type of a context manager's token.
  const apiProvider = provider as unknown as ApiTracerProvider;
  patchGrpc(
    rpcTracerProvider(apiProvider, {
      untracedMethods: options.untracedMethods ?? defaultUntracedMethods,
      oldNames: settings.oldRpcNames,
    }),
  );
  return {
    provider: apiProvider,
    tracer: apiProvider.getTracer(scope),
    meters: metrics.provider,
    metrics: metrics.recorder,
    onLogRecord:
      logs === undefined ? () => {} : harmless(logRecordBridge(logs.getLogger(scope), settings.logLimits)),
    flush: () =>
      settled(
        [provider.forceFlush(), metrics.flush(), ...(logs ? [logs.forceFlush()] : [])],
        settings.flushTimeoutMs,
      ),
    shutdown: () =>
      settled(
        [provider.shutdown(), metrics.shutdown(), ...(logs ? [logs.shutdown()] : [])],
        settings.flushTimeoutMs,
      ),
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
  return new QueueSpanProcessor(
    queueOf('spans', url, build, settings.spanQueue, report),
    settings.flushTimeoutMs,
  );
}

function logExport(settings: TelemetrySettings, resource: Resource, report: TelemetryLogger): LoggerProvider {
  const url = settings.logsEndpoint;
  const build = () => new OTLPLogExporter({ url, timeoutMillis: settings.exportTimeoutMs });
  const queue = queueOf('log records', url, build, settings.logQueue, report);
  return new LoggerProvider({
    resource,
    logRecordLimits: { attributeCountLimit: settings.logLimits.attributeCount },
    processors: [new QueueLogProcessor(queue, settings.flushTimeoutMs)],
  });
}

function queueOf<T>(
  what: string,
  url: string,
  build: () => OneShotExporter<T>,
  settings: QueueSettings,
  report: TelemetryLogger,
): ExportQueue<T> {
  const mayLog = atMostEvery(exportLogIntervalMs);
  let reported = false;
  let lastError = '';
  const say = () => {
    if (!mayLog()) return;
    reported = true;
    report.warn(
      { endpoint: url, dropped: queue.dropped, queued: queue.size, reason: lastError },
      `${what} cannot be exported to ${url}: ${lastError || 'the queue is full'}; ${queue.dropped} lost so far`,
    );
  };
  const sender = new RetryingSender(build, {
    onOutcome(error) {
      if (error !== undefined) {
        lastError = error.message;
        say();
      } else if (reported) {
        reported = false;
        report.info(
          { endpoint: url, dropped: queue.dropped },
          `${what} are exported to ${url} again; ${queue.dropped} were lost`,
        );
      }
    },
  });
  const queue = new ExportQueue<T>(sender, settings, say);
  return queue;
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

// The queues keep the bound by themselves, and need a moment to count what they lose.
const marginMs = 200;

/** Waits for all, no longer than the bound whatever an extra processor does. */
async function settled(work: readonly Promise<unknown>[], timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((done) => {
    timer = setTimeout(done, timeoutMs + marginMs);
  });
  await Promise.race([Promise.allSettled(work), timeout]);
  clearTimeout(timer);
}
