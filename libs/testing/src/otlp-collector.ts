import * as grpc from '@grpc/grpc-js';
import { tellRecorded, type RecordedSpan } from '@ryzanstein/tracing/testing';
import {
  decodeLogsRequest,
  decodeTraceRequest,
  encodeExportResponse,
  encodeRetryInfo,
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

/** An answer that is more than a yes or a no. */
export interface CollectorReply {
  /** A gRPC code; OK, if not given. Nothing is kept of a request that is answered with another. */
  readonly code?: grpc.status;
  readonly details?: string;
  /** The delay of a `google.rpc.RetryInfo` that stands in the error. */
  readonly retryAfterMs?: number;
  /** A partial success: this many of the items are said to be rejected. */
  readonly rejected?: number;
  readonly message?: string;
  /** Sent as the response as they are. */
  readonly bytes?: Buffer;
  /** Resolves when the answer may be sent. */
  readonly when?: Promise<unknown>;
}

/** What the collector answers: takes what it is sent, refuses with UNAVAILABLE, never answers, or the reply. */
export type CollectorMood = 'accept' | 'refuse' | 'hang' | CollectorReply;

/** One mood, or those of the requests to come; the last one stays. */
export type CollectorMoods = CollectorMood | readonly CollectorMood[];

/** How a collector listens. */
export interface CollectorOptions {
  /** Default: a free port of 127.0.0.1. */
  readonly address?: string;
  /** TLS; with `clientRoots`, clients need a certificate signed by them. */
  readonly tls?: { readonly key: string; readonly certificate: string; readonly clientRoots?: string };
  /** Larger requests are refused with RESOURCE_EXHAUSTED. Default: 4 MiB. */
  readonly maxRequestBytes?: number;
}

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
  /** Metadata of the last request. */
  readonly headers: Readonly<Record<string, string | Buffer>>;
  /** Requests that arrived, whatever was answered. */
  readonly requests: number;
  mood: CollectorMoods;
  /** Resolves once `done` is true of what has arrived; rejects after `timeoutMs`, 10 s by default. */
  until(done: (collected: OtlpCollector) => boolean, timeoutMs?: number): Promise<void>;
  /** Cuts all connections. Another collector may be started on the same address. */
  stop(): void;
}

const pollMs = 5;

/** Starts a collector, on the address or as the options say. */
export async function startOtlpCollector(where: string | CollectorOptions = {}): Promise<OtlpCollector> {
  const {
    address = '127.0.0.1:0',
    tls,
    maxRequestBytes,
  } = typeof where === 'string' ? { address: where } : where;
  const spans: RecordedSpan[] = [];
  const logs: CollectedLog[] = [];
  const metrics: CollectedMetric[] = [];
  let requests = 0;
  let headers: Record<string, string | Buffer> = {};
  const server = new grpc.Server(
    maxRequestBytes === undefined ? {} : { 'grpc.max_receive_message_length': maxRequestBytes },
  );
  const take =
    (keep: (bytes: Buffer) => void): grpc.handleUnaryCall<Buffer, Buffer> =>
    (call, answer) => {
      requests += 1;
      headers = call.metadata.getMap();
      void replyTo(nextMood(collector), () => keep(call.request), answer);
    };
  server.addService(exportMethod('/opentelemetry.proto.collector.trace.v1.TraceService/Export'), {
    Export: take((bytes) => {
      const arrived = spansOf(bytes);
      spans.push(...arrived);
      for (const span of arrived) tellRecorded({ span });
    }),
  });
  server.addService(exportMethod('/opentelemetry.proto.collector.logs.v1.LogsService/Export'), {
    Export: take((bytes) => {
      const arrived = logsOf(bytes);
      logs.push(...arrived);
      for (const log of arrived) tellRecorded({ log });
    }),
  });
  server.addService(exportMethod('/opentelemetry.proto.collector.metrics.v1.MetricsService/Export'), {
    Export: take((bytes) => metrics.push(...decodeMetricsRequest(bytes))),
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(address, credentialsOf(tls), (error, bound) => (error ? reject(error) : resolve(bound)));
  });
  const host = address.slice(0, address.lastIndexOf(':'));
  const collector: OtlpCollector = {
    // A certificate is for a name: TLS knows none of an address.
    endpoint: tls === undefined ? `http://${host}:${port}` : `https://localhost:${port}`,
    address: `${host}:${port}`,
    get spans() {
      return [...spans].sort((one, other) => one.startEpochMs - other.startEpochMs);
    },
    logs,
    metrics,
    get headers() {
      return headers;
    },
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

function credentialsOf(tls: CollectorOptions['tls']): grpc.ServerCredentials {
  if (tls === undefined) return grpc.ServerCredentials.createInsecure();
  const pair = { private_key: Buffer.from(tls.key), cert_chain: Buffer.from(tls.certificate) };
  const roots = tls.clientRoots === undefined ? null : Buffer.from(tls.clientRoots);
  return grpc.ServerCredentials.createSsl(roots, [pair], roots !== null);
}

function nextMood(collector: OtlpCollector): CollectorMood {
  const { mood } = collector;
  if (!isList(mood)) return mood;
  const [next = 'accept', ...rest] = mood;
  collector.mood = rest.length > 0 ? rest : next;
  return next;
}

function isList(mood: CollectorMoods): mood is readonly CollectorMood[] {
  return Array.isArray(mood);
}

async function replyTo(
  mood: CollectorMood,
  keep: () => void,
  answer: grpc.sendUnaryData<Buffer>,
): Promise<void> {
  if (mood === 'hang') return;
  if (mood === 'refuse') return answer({ code: grpc.status.UNAVAILABLE, details: 'refused' });
  const { code = grpc.status.OK, details = '', retryAfterMs, when, bytes } = mood === 'accept' ? {} : mood;
  await when;
  if (code !== grpc.status.OK) {
    const metadata = new grpc.Metadata();
    if (retryAfterMs !== undefined)
      metadata.set('grpc-status-details-bin', encodeRetryInfo(code, details, retryAfterMs));
    return answer({ code, details, metadata });
  }
  keep();
  answer(null, bytes ?? encodeExportResponse(mood === 'accept' ? {} : mood));
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
