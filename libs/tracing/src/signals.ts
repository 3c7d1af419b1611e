import {
  ProxyTracerProvider,
  type MeterProvider as ApiMeterProvider,
  type Tracer as ApiTracer,
  type TracerProvider as ApiTracerProvider,
} from '@opentelemetry/api';
import { ProtobufLogsSerializer } from '@opentelemetry/otlp-transformer';
import type { Resource } from '@opentelemetry/resources';
import { LoggerProvider, type ReadableLogRecord } from '@opentelemetry/sdk-logs';
import { TracerProvider, type SpanProcessor } from '@opentelemetry/sdk-trace';
import type { TelemetryLogger } from './diagnostics.ts';
import type { TelemetrySettings } from './settings/telemetry-settings.ts';
import { ExportQueue } from './export/export-queue.ts';
import { logRecordBridge, QueueLogProcessor, type LogRecord } from './logs/log-export.ts';
import type { ExportCounts } from './export/export-counts.ts';
import { otlpMetricExporter } from './export/metric-export.ts';
import { OtlpConnections } from './export/otlp-connections.ts';
import { OtlpSender } from './export/otlp-sender.ts';
import { spanEncoder } from './export/otlp-spans.ts';
import { QueueSpanProcessor } from './export/span-export.ts';
import { noSpans, startSpanSource, type SpanSource } from './grpc/span-source.ts';
import { defaultUntracedMethods } from './grpc/untraced-methods.ts';
import { startJournal, type Journal } from './journal/start-journal.ts';
import { callMetrics } from './metrics/call-metrics.ts';
import type { MetricRecorder } from './metrics/recorder.ts';
import { noMetrics, startMetrics, type MetricReaderSource } from './metrics/start-metrics.ts';
import { RequestSpanProcessor } from './request-span-processor.ts';
import { processResource } from './resource.ts';
import { startSampling } from './sampling/start-sampling.ts';

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
  /** The tracer of an instrumentation scope. */
  readonly tracerOf: (scope: string) => ApiTracer;
  /** What OpenTelemetry's API makes instruments by; undefined where it makes none. */
  readonly meters: ApiMeterProvider | undefined;
  readonly metrics: MetricRecorder;
  /** What makes the spans of gRPC calls. */
  readonly rpc: SpanSource;
  readonly onLogRecord: (record: LogRecord) => void;
  /** What became of what was exported, signal by signal. */
  readonly exportCounts: () => readonly ExportCounts[];
  /** Bounded; never rejects. */
  flush(): Promise<void>;
  /** Bounded; never rejects. */
  shutdown(): Promise<void>;
}

/** Makes and sends nothing, for a process whose SDK is disabled. */
export const noSignals: Signals = {
  provider: undefined,
  // Without a provider behind it, its spans are not recorded and pass the parent's ids on.
  tracerOf: (of) => new ProxyTracerProvider().getTracer(of),
  meters: noMetrics.provider,
  metrics: noMetrics.recorder,
  rpc: noSpans,
  onLogRecord: () => {},
  exportCounts: () => [],
  flush: () => Promise.resolve(),
  shutdown: () => Promise.resolve(),
};

/**
 * Sets up traces and logs, and the spans of gRPC calls.
 *
 * @throws NotPatchedError when grpc-js did not take the instrumentation.
 */
export function startSignals(
  options: SignalsOptions,
  settings: TelemetrySettings,
  report: TelemetryLogger,
): Signals {
  const resource = processResource(options.serviceName, options.serviceVersion, settings.resourceAttributes);
  const sampling = startSampling(options.serviceName, settings, report);
  const connections = new OtlpConnections(report);
  const journal =
    settings.exportTraces && settings.spanJournal !== undefined
      ? startJournal(
          settings.spanJournal,
          options.serviceName,
          resource,
          settings.spanQueue.maxQueueSize,
          report,
        )
      : undefined;
  const provider = new TracerProvider({
    resource,
    sampler: sampling.sampler,
    spanLimits: settings.spanLimits,
    spanProcessors: [
      new RequestSpanProcessor(),
      ...(options.spanProcessors ?? []),
      ...(journal === undefined ? [] : [journal.processor]),
      ...(settings.exportTraces ? [spanExport(settings, connections, journal)] : []),
    ],
  });
  const metrics = startMetrics({
    resource,
    settings,
    readers: options.metricReaders ?? [],
    report,
    // What comes with the next collection says the same and more.
    exporter: () =>
      otlpMetricExporter(
        connections.open('metrics', settings.metrics, { giveUpAfterMs: settings.metricIntervalMs / 2 }),
      ),
    exportCounts: connections.counts,
  });
  const logs = settings.exportLogs ? logExport(settings, resource, connections) : undefined;
  // An API provider but for the type of a context manager's token.
  const apiProvider = provider as unknown as ApiTracerProvider;
  let rpc: SpanSource;
  try {
    rpc = startSpanSource(settings.spanSource, apiProvider, {
      untracedMethods: options.untracedMethods ?? defaultUntracedMethods,
      oldNames: settings.oldRpcNames,
      observer: metrics.provider === undefined ? undefined : callMetrics(metrics.recorder),
    });
  } catch (error) {
    sampling.stop();
    throw error;
  }
  return {
    provider: apiProvider,
    tracerOf: (of) => apiProvider.getTracer(of),
    meters: metrics.provider,
    metrics: metrics.recorder,
    rpc,
    onLogRecord:
      logs === undefined ? () => {} : harmless(logRecordBridge(logs.getLogger(scope), settings.logLimits)),
    exportCounts: connections.counts,
    flush: () =>
      settled(
        [provider.forceFlush(), metrics.flush(), ...(logs ? [logs.forceFlush()] : [])],
        settings.flushTimeoutMs,
      ),
    async shutdown() {
      sampling.stop();
      await settled(
        [provider.shutdown(), metrics.shutdown(), ...(logs ? [logs.shutdown()] : [])],
        settings.flushTimeoutMs,
      );
      journal?.close();
    },
  };
}

function spanExport(
  settings: TelemetrySettings,
  connections: OtlpConnections,
  journal: Journal | undefined,
): SpanProcessor {
  const client = connections.open('traces', settings.traces);
  const { encodeSpan, encodeRequest } = spanEncoder();
  // Only put together here: what takes time was done at the spans' ends.
  const otlp = new OtlpSender(client, { encode: encodeRequest, sliceItems: 4_096 });
  const sender = journal?.sender(otlp) ?? otlp;
  const queue = new ExportQueue(sender, settings.spanQueue, client.counter, () => client.report.full());
  for (const span of journal?.lost ?? []) queue.add(encodeSpan(span));
  return new QueueSpanProcessor(queue, encodeSpan, settings.flushTimeoutMs);
}

function logExport(
  settings: TelemetrySettings,
  resource: Resource,
  connections: OtlpConnections,
): LoggerProvider {
  const client = connections.open('logs', settings.logs);
  const encode = (records: readonly ReadableLogRecord[]): Uint8Array =>
    ProtobufLogsSerializer.serializeRequest([...records]) ?? new Uint8Array();
  // The SDK's own serializer takes longer.
  const sender = new OtlpSender(client, { encode, sliceItems: 32 });
  const queue = new ExportQueue(sender, settings.logQueue, client.counter, () => client.report.full());
  return new LoggerProvider({
    resource,
    logRecordLimits: { attributeCountLimit: settings.logLimits.attributeCount },
    processors: [new QueueLogProcessor(queue, settings.flushTimeoutMs)],
  });
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
