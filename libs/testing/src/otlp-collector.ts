import * as grpc from '@grpc/grpc-js';
import type { RecordedSpan } from '@ryzanstein/tracing/testing';
import {
  decodeLogsRequest,
  decodeTraceRequest,
  type WireAttribute,
  type WireLog,
  type WireSpan,
  type WireValue,
} from './otlp-messages.ts';
import { decodeMetricsRequest, type CollectedMetric } from './otlp-metrics.ts';

/** A log record that came in over OTLP. */
export interface CollectedLog {
  readonly epochMs: number;
  readonly severity: string;
  readonly severityNumber: number;
  readonly body: string | undefined;
  readonly attributes: Record<string, unknown>;
  readonly traceId: string;
  readonly spanId: string;
  readonly traceFlags: number;
  readonly service: string;
}

/** What the collector answers: takes what it is sent, refuses with UNAVAILABLE, or never answers. */
export type CollectorMood = 'accept' | 'refuse' | 'hang';

/** An OTLP/gRPC receiver that keeps what it is sent. */
export interface OtlpCollector {
  /** Value for OTEL_EXPORTER_OTLP_ENDPOINT. */
  readonly endpoint: string;
  /** Listening host:port. */
  readonly address: string;
  /** In the order of their starts. */
  readonly spans: readonly RecordedSpan[];
  readonly logs: readonly CollectedLog[];
  /** Everything that was told, one collection after the other. */
  readonly metrics: readonly CollectedMetric[];
  /** Requests that arrived, whatever was answered. */
  readonly requests: number;
  mood: CollectorMood;
  /** Resolves once `done` is true of what has arrived; rejects after `timeoutMs`, 10 s by default. */
  until(done: (collected: OtlpCollector) => boolean, timeoutMs?: number): Promise<void>;
  /** Cuts all connections. Another collector may be started on the same address. */
  stop(): void;
}

const pollMs = 5;

/** Starts a collector; `address` default: a free port of 127.0.0.1. */
export async function startOtlpCollector(address = '127.0.0.1:0'): Promise<OtlpCollector> {
  const spans: RecordedSpan[] = [];
  const logs: CollectedLog[] = [];
  const metrics: CollectedMetric[] = [];
  let requests = 0;
  const server = new grpc.Server();
  const take =
    (keep: (bytes: Buffer) => void): grpc.handleUnaryCall<Buffer, Buffer> =>
    (call, answer) => {
      requests += 1;
      if (collector.mood === 'refuse') answer({ code: grpc.status.UNAVAILABLE, details: 'refused' });
      if (collector.mood !== 'accept') return;
      keep(call.request);
      answer(null, Buffer.alloc(0));
    };
  server.addService(exportMethod('/opentelemetry.proto.collector.trace.v1.TraceService/Export'), {
    Export: take((bytes) => spans.push(...spansOf(bytes))),
  });
  server.addService(exportMethod('/opentelemetry.proto.collector.logs.v1.LogsService/Export'), {
    Export: take((bytes) => logs.push(...logsOf(bytes))),
  });
  server.addService(exportMethod('/opentelemetry.proto.collector.metrics.v1.MetricsService/Export'), {
    Export: take((bytes) => metrics.push(...decodeMetricsRequest(bytes))),
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(address, grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  const host = address.slice(0, address.lastIndexOf(':'));
  const collector: OtlpCollector = {
    endpoint: `http://${host}:${port}`,
    address: `${host}:${port}`,
    get spans() {
      return [...spans].sort((one, other) => one.startEpochMs - other.startEpochMs);
    },
    logs,
    metrics,
    get requests() {
      return requests;
    },
    mood: 'accept',
    async until(done, timeoutMs = 10_000) {
      const giveUpAtMs = performance.now() + timeoutMs;
      while (!done(collector)) {
        if (performance.now() > giveUpAtMs) {
          throw new Error(`${spans.length} spans and ${logs.length} log records arrived in ${timeoutMs} ms`);
        }
        await new Promise((resolve) => setTimeout(resolve, pollMs));
      }
    },
    stop: () => server.forceShutdown(),
  };
  return collector;
}

function exportMethod(
  path: string,
): grpc.ServiceDefinition<{ Export: grpc.handleUnaryCall<Buffer, Buffer> }> {
  const asIs = (bytes: Buffer) => bytes;
  return {
    Export: {
      path,
      requestStream: false,
      responseStream: false,
      requestSerialize: asIs,
      requestDeserialize: asIs,
      responseSerialize: asIs,
      responseDeserialize: asIs,
    },
  };
}

const kinds = ['INTERNAL', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'] as const;
const statuses = ['UNSET', 'OK', 'ERROR'] as const;

function spansOf(bytes: Buffer): RecordedSpan[] {
  return decodeTraceRequest(bytes).resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const process = attributesOf(resource?.attributes);
    return scopeSpans.flatMap(({ scope, spans }) =>
      spans.map((span) => recorded(span, process, scope?.name ?? '')),
    );
  });
}

function recorded(span: WireSpan, resource: RecordedSpan['resource'], scope: string): RecordedSpan {
  return {
    traceId: hex(span.traceId),
    spanId: hex(span.spanId),
    parentSpanId: hex(span.parentSpanId) || undefined,
    name: span.name,
    kind: kinds[span.kind] ?? 'INTERNAL',
    service: String(resource['service.name']),
    scope,
    status: statuses[span.status?.code ?? 0] ?? 'UNSET',
    statusMessage: span.status?.message || undefined,
    attributes: attributesOf(span.attributes),
    events: span.events.map(({ name, timeUnixNano, attributes }) => ({
      name,
      epochMs: milliseconds(timeUnixNano),
      attributes: attributesOf(attributes),
    })),
    links: span.links.map(({ traceId, spanId, attributes }) => ({
      traceId: hex(traceId),
      spanId: hex(spanId),
      attributes: attributesOf(attributes),
    })),
    startEpochMs: milliseconds(span.startTimeUnixNano),
    endEpochMs: milliseconds(span.endTimeUnixNano),
    traceState: span.traceState || undefined,
    traceFlags: span.flags & 0xff,
    resource,
  };
}

function logsOf(bytes: Buffer): CollectedLog[] {
  return decodeLogsRequest(bytes).resourceLogs.flatMap(({ resource, scopeLogs }) => {
    const service = String(attributesOf(resource?.attributes)['service.name']);
    return scopeLogs.flatMap(({ logRecords }) => logRecords.map((record) => collected(record, service)));
  });
}

function collected(record: WireLog, service: string): CollectedLog {
  return {
    epochMs: milliseconds(record.timeUnixNano),
    severity: record.severityText,
    severityNumber: record.severityNumber,
    body: record.body?.stringValue,
    attributes: attributesOf(record.attributes),
    traceId: hex(record.traceId),
    spanId: hex(record.spanId),
    traceFlags: record.flags & 0xff,
    service,
  };
}

function attributesOf(attributes: readonly WireAttribute[] = []): RecordedSpan['attributes'] {
  const values: RecordedSpan['attributes'] = {};
  for (const { key, value } of attributes) values[key] = valueOf(value);
  return values;
}

function valueOf(value: WireValue | undefined): RecordedSpan['attributes'][string] {
  if (value?.intValue !== undefined) return Number(value.intValue);
  if (value?.arrayValue !== undefined) return value.arrayValue.values.map(valueOf);
  return value?.stringValue ?? value?.boolValue ?? value?.doubleValue;
}

function hex(base64: string): string {
  return Buffer.from(base64, 'base64').toString('hex');
}

function milliseconds(nanoseconds: string): number {
  const whole = BigInt(nanoseconds);
  return Number(whole / 1_000_000n) + Number(whole % 1_000_000n) / 1e6;
}
