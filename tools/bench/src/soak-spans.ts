import { setTimeout as pause } from 'node:timers/promises';

/** What the account looks at of a span. */
export interface SoakSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly name: string;
  readonly kind: string;
  readonly status: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** A request of which every span is to be accounted for. */
export interface SoakRequest {
  readonly traceId: string;
  /** The caller's span, which is stored nowhere. */
  readonly callerSpanId: string;
  readonly answered: boolean;
}

/** The spans of a soak, counted. */
export interface SpanAccount {
  /** Of the requests; what the processes do besides is not counted. */
  readonly spans: number;
  /** Arrived more than once. */
  readonly double: number;
  /** Named as a parent, or part of every answered request's tree, and not there. */
  readonly lost: readonly string[];
  /** Requests that met a killed engine: what it took with it is not asked for. */
  readonly metTheKill: number;
  /** Spans that a journal brought back after a kill. */
  readonly recovered: number;
  /** Requests that ended before the mesh saw them. */
  readonly unseen: number;
}

const method = {
  acquire: 'ryzanstein.gpu.v1.GpuCoordinator/Acquire',
  generate: 'ryzanstein.engine.v1.InferenceEngine/Generate',
  release: 'ryzanstein.gpu.v1.GpuCoordinator/Release',
};

const pollMs = 250;

/** Holds what has arrived against the trees that the requests must have left. */
export function accountForSpans(arrived: readonly SoakSpan[], requests: readonly SoakRequest[]): SpanAccount {
  const traces = new Map<string, Map<string, SoakSpan>>();
  let double = 0;
  for (const span of arrived) {
    const trace = traces.get(span.traceId) ?? new Map<string, SoakSpan>();
    if (trace.has(span.spanId)) double += 1;
    trace.set(span.spanId, span);
    traces.set(span.traceId, trace);
  }
  const lost: string[] = [];
  let metTheKill = 0;
  let unseen = 0;
  for (const request of requests) {
    const trace = traces.get(request.traceId);
    if (trace === undefined) {
      if (request.answered) lost.push(`${request.traceId}: all of it`);
      else unseen += 1;
      continue;
    }
    if (isBroken([...trace.values()])) metTheKill += 1;
    else lost.push(...missing(request, trace).map((what) => `${request.traceId}: ${what}`));
  }
  const asked = new Set(requests.map(({ traceId }) => traceId));
  const spans = arrived.filter(({ traceId }) => asked.has(traceId));
  const recovered = spans.filter(({ attributes }) => attributes['ryzanstein.span.recovered'] === true);
  return { spans: spans.length, double, lost, metTheKill, recovered: recovered.length, unseen };
}

/**
 * The account once nothing is missing and nothing more has come for `quietMs`; after `timeoutMs` the
 * account as it is then, with what is missing in it.
 */
export async function accountOnceArrived(
  arrived: () => readonly SoakSpan[],
  requests: readonly SoakRequest[],
  timeoutMs: number,
  quietMs = 1_500,
): Promise<SpanAccount> {
  const endMs = performance.now() + timeoutMs;
  let account = accountForSpans(arrived(), requests);
  for (let sinceMs = performance.now(); performance.now() < endMs;) {
    if (account.lost.length === 0 && performance.now() - sinceMs >= quietMs) break;
    await pause(pollMs);
    const next = accountForSpans(arrived(), requests);
    // Processes never stop to send spans of what they do besides: only those of the requests tell.
    if (next.spans !== account.spans) sinceMs = performance.now();
    account = next;
  }
  return account;
}

/** A call to an engine that was not there any more, or a span that only its journal told of. */
function isBroken(spans: readonly SoakSpan[]): boolean {
  return spans.some(
    ({ name, kind, attributes }) =>
      attributes['ryzanstein.span.recovered'] === true ||
      (name === method.generate &&
        kind === 'CLIENT' &&
        attributes['rpc.response.status_code'] === 'UNAVAILABLE'),
  );
}

function missing(request: SoakRequest, trace: ReadonlyMap<string, SoakSpan>): string[] {
  const spans = [...trace.values()];
  const answeredBy = new Set(spans.filter(({ kind }) => kind === 'SERVER').map((span) => span.parentSpanId));
  const problems: string[] = [];
  const roots = spans.filter(({ parentSpanId }) => parentSpanId === request.callerSpanId);
  if (roots.length !== 1) problems.push(`${roots.length} roots`);
  for (const { name, kind, status, spanId, parentSpanId = '' } of spans) {
    if (parentSpanId !== request.callerSpanId && !trace.has(parentSpanId))
      problems.push(`the parent of ${name} ${kind}`);
    // A call that failed may never have reached the other side.
    if (kind === 'CLIENT' && status !== 'ERROR' && !answeredBy.has(spanId))
      problems.push(`the other side of ${name}`);
  }
  if (!request.answered) return problems;
  const count = (name: string, kind: string): number =>
    spans.filter((span) => span.name === name && span.kind === kind).length;
  for (const name of Object.values(method)) if (count(name, 'CLIENT') === 0) problems.push(`${name} CLIENT`);
  for (const name of ['queue', 'prefill', 'decode'])
    if (count(name, 'INTERNAL') !== 1) problems.push(`${count(name, 'INTERNAL')} ${name}`);
  if (count(method.release, 'CLIENT') !== count(method.acquire, 'CLIENT'))
    problems.push(`${count(method.acquire, 'CLIENT')} acquired, ${count(method.release, 'CLIENT')} released`);
  return problems;
}
