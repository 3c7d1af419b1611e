import { createHash } from 'node:crypto';

/** A span as a test declares it; times in milliseconds from the trace's start. */
export interface MadeSpan {
  service: string;
  name: string;
  kind: number;
  startMs: number;
  endMs: number;
  parent?: string;
  key: string;
  attributes?: Record<string, string | number | boolean | string[]>;
  events?: { name: string; atMs: number; attributes?: Record<string, string | number> }[];
  links?: { traceId: string; spanId: string; attributes?: Record<string, string | number | boolean> }[];
  error?: string;
}

/** A made trace: its spans by resource, as an OTLP/JSON request. */
export interface MadeTrace {
  traceId: string;
  spanIds: Record<string, string>;
  request: { resourceSpans: object[] };
  spans: MadeSpan[];
}

const digest = (text: string, chars: number): string =>
  createHash('sha256').update(text).digest('hex').slice(0, chars);

type Plain = string | number | boolean | string[];

function anyValue(value: Plain): object {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (Array.isArray(value)) return { arrayValue: { values: value.map(anyValue) } };
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}

export function keyValues(attributes: Record<string, Plain> = {}): object[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) }));
}

/** OTLP/JSON of declared spans, grouped by service. */
export function traceOf(seed: string, startEpochMs: number, spans: MadeSpan[]): MadeTrace {
  const traceId = digest(`trace ${seed}`, 32);
  const spanIds = Object.fromEntries(spans.map(({ key }) => [key, digest(`span ${seed} ${key}`, 16)]));
  const nano = (ms: number): string =>
    (BigInt(startEpochMs) * 1_000_000n + BigInt(Math.round(ms * 1e6))).toString();
  const services = [...new Set(spans.map(({ service }) => service))];
  const resourceSpans = services.map((service) => ({
    resource: { attributes: keyValues(resourceOf(service)) },
    scopeSpans: [
      {
        scope: { name: '@ryzanstein/tracing', version: '0.1.0' },
        spans: spans
          .filter((span) => span.service === service)
          .map((span) => ({
            traceId,
            spanId: spanIds[span.key],
            ...(span.parent !== undefined && {
              parentSpanId: spanIds[span.parent] ?? digest(span.parent, 16),
            }),
            flags: 257,
            name: span.name,
            kind: span.kind,
            startTimeUnixNano: nano(span.startMs),
            endTimeUnixNano: nano(span.endMs),
            attributes: keyValues(span.attributes),
            events: (span.events ?? []).map((event) => ({
              timeUnixNano: nano(event.atMs),
              name: event.name,
              attributes: keyValues(event.attributes),
            })),
            links: (span.links ?? []).map((link) => ({ ...link, attributes: keyValues(link.attributes) })),
            status: span.error === undefined ? {} : { code: 2, message: span.error },
          })),
      },
    ],
  }));
  return { traceId, spanIds, request: { resourceSpans }, spans };
}

export function resourceOf(service: string): Record<string, Plain> {
  return {
    'service.name': service,
    'service.version': '0.1.0',
    'service.namespace': 'ryzanstein',
    'service.instance.id': digest(service, 12),
    'deployment.environment.name': 'development',
    'host.name': 'laptop',
    'host.arch': 'amd64',
    'process.pid': 4711,
    'process.runtime.name': 'nodejs',
    'process.runtime.version': '24.21.0',
  };
}

/** How one made chat went. */
export interface ChatOptions {
  /** Waited this long for a lease, behind these Acquire spans. */
  waitMs?: number;
  behind?: { traceId: string; spanId: string; requestId: string }[];
  error?: string;
  tokens?: number;
  queueMs?: number;
  prefillMs?: number;
  stepMs?: number;
}

/** The trace of one chat through the mesh, as `docs/telemetry.md` draws it. */
export function chatTrace(seed: string, startEpochMs: number, options: ChatOptions = {}): MadeTrace {
  const {
    waitMs = 0,
    queueMs = 1.4,
    prefillMs = 38,
    stepMs = 9.5,
    tokens = 24,
    error,
    behind = [],
  } = options;
  const requestId = `req-${seed}`;
  const api = 'ryzanstein-api';
  const gpu = 'ryzanstein-gpu';
  const engine = 'ryzanstein-inference';
  const id = { 'request.id': requestId };
  const rpc = (method: string, code = 'OK') => ({
    ...id,
    'rpc.system.name': 'grpc',
    'rpc.method': method,
    'server.address': '127.0.0.1',
    'server.port': 50051,
    'rpc.response.status_code': code,
  });
  const acquired = 3.1 + waitMs;
  const start = acquired + 1.2;
  const first = start + queueMs + prefillMs;
  const done = first + tokens * stepMs;
  const code = error ?? 'OK';
  const failed = error === undefined ? {} : { error };
  const acquire = 'ryzanstein.gpu.v1.GpuCoordinator/Acquire';
  const generate = 'ryzanstein.engine.v1.InferenceEngine/Generate';
  const release = 'ryzanstein.gpu.v1.GpuCoordinator/Release';
  const spans: MadeSpan[] = [
    {
      key: 'root',
      service: api,
      name: 'ryzanstein.api.v1.LlmService/ChatStream',
      kind: 2,
      startMs: 0,
      endMs: done + 1.1,
      ...failed,
      attributes: {
        ...rpc('ryzanstein.api.v1.LlmService/ChatStream', code),
        'ryzanstein.model': 'ryz-tiny',
        'ryzanstein.latency.ttft_ms': first + 0.6,
        'ryzanstein.latency.total_ms': done + 1.1,
      },
    },
    {
      key: 'acquire',
      parent: 'root',
      service: api,
      name: acquire,
      kind: 3,
      startMs: 0.7,
      endMs: acquired,
      attributes: rpc(acquire),
    },
    {
      key: 'acquired',
      parent: 'acquire',
      service: gpu,
      name: acquire,
      kind: 2,
      startMs: 1.3,
      endMs: acquired - 0.5,
      attributes: {
        ...rpc(acquire),
        'ryzanstein.lease.id': `lease-${seed}`,
        'ryzanstein.lease.outcome': 'granted',
        'ryzanstein.gpu.id': 0,
      },
    },
    {
      key: 'generate',
      parent: 'root',
      service: api,
      name: generate,
      kind: 3,
      startMs: acquired + 0.2,
      endMs: done + 0.8,
      ...failed,
      attributes: rpc(generate, code),
    },
    {
      key: 'generated',
      parent: 'generate',
      service: engine,
      name: generate,
      kind: 2,
      startMs: acquired + 0.8,
      endMs: done + 0.4,
      ...failed,
      attributes: rpc(generate, code),
    },
    {
      key: 'chat',
      parent: 'generated',
      service: engine,
      name: 'chat ryz-tiny',
      kind: 1,
      startMs: start,
      endMs: done,
      ...failed,
      attributes: {
        ...id,
        'ryzanstein.model': 'ryz-tiny',
        'ryzanstein.tokens.input': 17,
        'ryzanstein.tokens.output': tokens,
        'ryzanstein.latency.prefill_ms': prefillMs,
        'ryzanstein.latency.decode_ms': tokens * stepMs,
        'ryzanstein.gpu.id': 0,
        'ryzanstein.batch.size': 2,
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'llama_cpp',
        'gen_ai.request.model': 'ryz-tiny',
        'gen_ai.response.finish_reasons': [error === undefined ? 'stop' : 'error'],
        'gen_ai.usage.input_tokens': 17,
        'gen_ai.usage.output_tokens': tokens,
      },
      events: [{ name: 'first_token', atMs: first, attributes: { 'ryzanstein.token.index': 0 } }],
    },
    {
      key: 'queue',
      parent: 'chat',
      service: engine,
      name: 'queue',
      kind: 1,
      startMs: start,
      endMs: start + queueMs,
      attributes: id,
    },
    {
      key: 'prefill',
      parent: 'chat',
      service: engine,
      name: 'prefill',
      kind: 1,
      startMs: start + queueMs,
      endMs: first,
      attributes: { ...id, 'ryzanstein.prefill.chunks': 1, 'ryzanstein.tokens.cached': 0 },
    },
    {
      key: 'decode',
      parent: 'chat',
      service: engine,
      name: 'decode',
      kind: 1,
      startMs: first,
      endMs: done,
      ...failed,
      attributes: { ...id, 'ryzanstein.decode.steps': tokens, 'ryzanstein.decode.step_p50_ms': stepMs },
    },
    {
      key: 'release',
      parent: 'root',
      service: api,
      name: release,
      kind: 3,
      startMs: done + 0.9,
      endMs: done + 3.4,
      attributes: rpc(release),
    },
    {
      key: 'released',
      parent: 'release',
      service: gpu,
      name: release,
      kind: 2,
      startMs: done + 1.5,
      endMs: done + 2.9,
      attributes: { ...rpc(release), 'ryzanstein.lease.blocked_ms': waitMs },
    },
  ];
  if (waitMs > 0)
    spans.splice(3, 0, {
      key: 'wait',
      parent: 'acquired',
      service: gpu,
      name: 'gpu.lease.wait',
      kind: 1,
      startMs: 1.6,
      endMs: 1.6 + waitMs,
      attributes: {
        ...id,
        'ryzanstein.lease.waited_ms': waitMs,
        'ryzanstein.lease.queue_position': behind.length,
      },
      links: behind.map(({ traceId, spanId, requestId: holder }, at) => ({
        traceId,
        spanId,
        attributes: {
          'ryzanstein.lease.id': `lease-${at}`,
          'request.id': holder,
          ...(at === 0 && { 'ryzanstein.link.released': true }),
        },
      })),
    });
  return traceOf(seed, startEpochMs, spans);
}

/** One OTLP/JSON log request of one service. */
export function logRequest(
  service: string,
  records: {
    traceId?: string;
    spanId?: string;
    epochMs: number;
    severity?: string;
    message: string;
    attributes?: Record<string, Plain>;
  }[],
): object {
  const numbers: Record<string, number> = { DEBUG: 5, INFO: 9, WARN: 13, ERROR: 17 };
  return {
    resourceLogs: [
      {
        resource: { attributes: keyValues(resourceOf(service)) },
        scopeLogs: [
          {
            scope: { name: 'pino' },
            logRecords: records.map(
              ({ traceId, spanId, epochMs, severity = 'INFO', message, attributes }) => ({
                timeUnixNano: String(BigInt(Math.round(epochMs * 1000)) * 1000n),
                severityNumber: numbers[severity],
                severityText: severity,
                body: { stringValue: message },
                attributes: keyValues(attributes),
                ...(traceId !== undefined && { traceId }),
                ...(spanId !== undefined && { spanId }),
              }),
            ),
          },
        ],
      },
    ],
  };
}
