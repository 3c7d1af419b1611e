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
  const recovered = arrived.filter(({ attributes }) => attributes['ryzanstein.span.recovered'] === true);
  return { spans: arrived.length, double, lost, metTheKill, recovered: recovered.length, unseen };
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
