import { atMs, testSpan } from './test-spans.ts';
import type { Attributes, Span, SpanKind, SpanLink } from './span.ts';

const edge = 'ryzanstein.api.v1.LlmService/ChatStream';
const acquireMethod = 'ryzanstein.gpu.v1.GpuCoordinator/Acquire';
const generateMethod = 'ryzanstein.engine.v1.InferenceEngine/Generate';
const releaseMethod = 'ryzanstein.gpu.v1.GpuCoordinator/Release';

/** How a request of the mesh went; times in milliseconds, what is not said is quick. */
export interface TestRequest {
  readonly traceId?: string;
  readonly requestId?: string;
  /** When it came, after the moment that `testSpan` counts from. */
  readonly atMs?: number;
  readonly operation?: string;
  /** Attempts before the one that counted. */
  readonly failedAttempts?: readonly {
    method: 'Acquire' | 'Generate';
    code: string;
    ms: number;
    pauseMs?: number;
  }[];
  readonly coordinatorMs?: number;
  readonly wait?: { ms: number; attributes?: Attributes; links?: readonly SpanLink[] };
  /** One way, on the hop to the engine. */
  readonly wayMs?: number;
  readonly queue?: { ms: number; attributes?: Attributes };
  readonly prefill?: { ms: number; tokens?: number; attributes?: Attributes };
  readonly decode?: { ms: number; tokens?: number; attributes?: Attributes };
  /** After the engine's end, until the api-server has had the last piece. */
  readonly unreadMs?: number;
  /** After the reply was complete, until it was taken. */
  readonly untakenMs?: number;
  /** How it ended, where not well. */
  readonly failure?: string;
  /** What had ended well before that failure: the engine's spans, or its call too. */
  readonly served?: 'by the engine' | 'in the call';
  /** Of the Release. */
  readonly release?: Attributes;
}

/** The spans of such a request, as the three services record them. */
export function requestSpans(request: TestRequest = {}): Span[] {
  const { requestId = 'req-1', wayMs = 0.5, prefill, decode, queue, wait, failure } = request;
  const operation = request.operation ?? edge;
  const traceId = request.traceId ?? '4bf92f3577b34da6a3ce929d0e0e4736';
  const startMs = request.atMs ?? 0;
  const spans: Span[] = [];
  let made = 0;
  const add = (
    name: string,
    times: readonly [number, number],
    [service, kind, parent]: readonly [string, SpanKind, string],
    more: { attributes?: Attributes; links?: readonly SpanLink[]; failure?: string } = {},
  ): string => {
    made += 1;
    const spanId = `${kind.slice(0, 1)}${made}`;
    const rpc: Attributes = name.includes('/')
      ? { 'rpc.system.name': 'grpc', 'rpc.method': name, 'rpc.response.status_code': more.failure ?? 'OK' }
      : {};
    const failed = more.failure !== undefined && !(more.failure === 'CANCELLED' && kind !== 'client');
    spans.push(
      testSpan(spanId, name, times, {
        traceId,
        service,
        kind,
        ...(parent === '' ? {} : { parentSpanId: parent }),
        links: more.links ?? [],
        status: failed ? 'error' : 'unset',
        attributes: {
          'request.id': requestId,
          ...rpc,
          ...(failed ? { 'error.type': more.failure } : {}),
          ...more.attributes,
        },
      }),
    );
    return spanId;
  };
  const api = (parent: string): readonly [string, SpanKind, string] => ['ryzanstein-api', 'client', parent];
  const gpu = (kind: SpanKind, parent: string) => ['ryzanstein-gpu', kind, parent] as const;
  const engine = (kind: SpanKind, parent: string) => ['ryzanstein-inference', kind, parent] as const;

  // The root is put first and lengthened at the end.
  const root = add(operation, [startMs, startMs], ['ryzanstein-api', 'server', ''], {
    attributes: { 'ryzanstein.model': 'tiny' },
    ...(failure === undefined ? {} : { failure }),
  });
  let now = startMs + 1;
  for (const { method, code, ms, pauseMs = 0 } of request.failedAttempts ?? []) {
    const name = method === 'Acquire' ? acquireMethod : generateMethod;
    const call = add(name, [now, now + ms], api(root), { failure: code });
    const service = method === 'Acquire' ? gpu('server', call) : engine('server', call);
    if (code !== 'UNAVAILABLE') add(name, [now, now + ms], service, { failure: code });
    now += ms + pauseMs;
  }
  const acquireMs = (request.coordinatorMs ?? 0.5) + (wait?.ms ?? 0);
  const acquire = add(acquireMethod, [now, now + acquireMs + 1], api(root));
  const served = add(acquireMethod, [now + 0.5, now + 0.5 + acquireMs], gpu('server', acquire), {
    attributes: { 'ryzanstein.lease.id': `lease-${requestId}`, ...wait?.attributes },
  });
  if (wait !== undefined)
    add('gpu.lease.wait', [now + 0.5, now + 0.5 + wait.ms], gpu('internal', served), {
      attributes: { 'ryzanstein.lease.id': `lease-${requestId}`, ...wait.attributes },
      ...(wait.links === undefined ? {} : { links: wait.links }),
    });
  now += acquireMs + 1;

  const phases = [
    {
      name: 'queue',
      ms: queue?.ms ?? 0.1,
      attributes: { ...queue?.attributes },
    },
    {
      name: 'prefill',
      ms: prefill?.ms ?? 4,
      attributes: { 'ryzanstein.prefill.chunks': 1, 'ryzanstein.tokens.cached': 0, ...prefill?.attributes },
    },
    {
      name: 'decode',
      ms: decode?.ms ?? 20,
      attributes: {
        'ryzanstein.decode.steps': decode?.tokens ?? 10,
        'ryzanstein.decode.step_p50_ms': 2,
        'ryzanstein.batch.max': 1,
        ...decode?.attributes,
      },
    },
  ];
  const chatMs = phases.reduce((sum, { ms }) => sum + ms, 0);
  const serverMs = chatMs + 0.2;
  const clientMs = serverMs + 2 * wayMs + (request.unreadMs ?? 0);
  const failed = failure === undefined ? {} : { failure };
  const ends = request.served === undefined ? failed : {};
  const callEnds = request.served === 'in the call' ? {} : failed;
  const generate = add(generateMethod, [now, now + clientMs], api(root), callEnds);
  const engineMs = now + wayMs;
  const server = add(generateMethod, [engineMs, engineMs + serverMs], engine('server', generate), ends);
  const chat = add('chat tiny', [engineMs + 0.1, engineMs + 0.1 + chatMs], engine('internal', server), {
    ...ends,
    attributes: {
      'ryzanstein.tokens.input': prefill?.tokens ?? 14,
      'ryzanstein.tokens.output': decode?.tokens ?? 10,
      'gen_ai.usage.input_tokens': prefill?.tokens ?? 14,
      'gen_ai.usage.output_tokens': decode?.tokens ?? 10,
      'gen_ai.latency.time_to_first_token': ((phases[0]?.ms ?? 0) + (phases[1]?.ms ?? 0)) / 1_000,
    },
  });
  let phaseMs = engineMs + 0.1;
  for (const { name, ms, attributes } of phases) {
    add(name, [phaseMs, phaseMs + ms], engine('internal', chat), { attributes });
    phaseMs += ms;
  }
  now += clientMs;
  const endMs = now + 0.5 + (request.untakenMs ?? 0);
  const release = add(releaseMethod, [now, now + 1.5], api(root));
  add(releaseMethod, [now + 0.5, now + 1], gpu('server', release), {
    attributes: { 'ryzanstein.lease.id': `lease-${requestId}`, ...request.release },
  });
  const ttftMs = engineMs - startMs + (phases[0]?.ms ?? 0) + (phases[1]?.ms ?? 0) + 0.1 + wayMs;
  const [first, ...rest] = spans;
  if (first === undefined) return spans;
  return [
    {
      ...first,
      endNs: atMs(endMs),
      attributes: {
        ...first.attributes,
        'ryzanstein.latency.total_ms': now - startMs,
        ...(failure === undefined || failure === 'CANCELLED' ? { 'ryzanstein.latency.ttft_ms': ttftMs } : {}),
      },
    },
    ...rest,
  ];
}

/** The same spans where the request came over HTTP and its status was sent: how it ended is not in its root. */
export function overHttp(spans: readonly Span[]): Span[] {
  return spans.map((span) => {
    if (span.parentSpanId !== undefined) return span;
    const kept = Object.entries(span.attributes).filter(([key]) => !key.startsWith('rpc.'));
    const http = { 'http.request.method': 'POST', 'http.response.status_code': 200 };
    return {
      ...span,
      name: 'POST /v1/chat/completions',
      attributes: { ...Object.fromEntries(kept), ...http },
    };
  });
}
