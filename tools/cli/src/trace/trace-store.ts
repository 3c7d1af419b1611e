import { readOtlpTraces, textAttribute, type Span } from '@ryzanstein/trace-analysis';
import { attributedTraces, recentTraces, taggedTraces, type TraceSearch } from './trace-searches.ts';
import { readStoredLogs, type LogLine } from './stored-logs.ts';

/** A store could not be asked, or answered what cannot be read; the message is a sentence for its user. */
export class TraceStoreError extends Error {
  override readonly name = 'TraceStoreError';
  /** What its user can do about it. */
  readonly mend: string;

  constructor(message: string, { mend, ...options }: ErrorOptions & { readonly mend?: string } = {}) {
    super(message, options);
    this.mend = mend ?? 'start one with `npm start`, or name another with --trace-url or RYZ_TRACE_URL';
  }
}

/** Reads traces over Jaeger's query API, as Jaeger 2.13 and later and tracebox offer it. */
export interface TraceStore {
  /** Where it was asked to look, without a trailing slash. */
  readonly url: string;
  /** All spans of a trace that have arrived; none where the store does not know it. */
  spansOf(traceId: string, signal?: AbortSignal): Promise<Span[]>;
  /** Traces whose spans carry this request id, newest first. */
  tracesOfRequest(requestId: string, signal?: AbortSignal): Promise<string[]>;
  /** Whole traces that the search finds, the newest as a rule; each the spans that have arrived. */
  recent(search: TraceSearch, signal?: AbortSignal): Promise<Span[][]>;
  /** The trace's log records; undefined where this store keeps no logs. */
  logsOf(traceId: string, signal?: AbortSignal): Promise<LogLine[] | undefined>;
  /** The trace's page for a browser. */
  linkTo(traceId: string): string;
}

// A request enters the mesh at the first of these, so it is asked first.
const meshServices = ['ryzanstein-api', 'ryzanstein-gpu', 'ryzanstein-inference'];
const answerMend = 'is it the address of Jaeger or tracebox? Its own log may say more';

/** How long answers are waited for; ms. */
export interface TraceStoreLimits {
  /** Default 5 000. */
  readonly answerWithinMs?: number;
  /** Whole traces of a search, of which Jaeger on Elasticsearch reads a hundred a second on a busy machine; default 30 000. */
  readonly searchWithinMs?: number;
}

/** Opens no connection by itself: each question is one or more HTTP requests. */
export function openTraceStore(
  baseUrl: string,
  { answerWithinMs = 5_000, searchWithinMs = 30_000 }: TraceStoreLimits = {},
): TraceStore {
  const url = baseUrl.replace(/\/+$/, '');

  const ask = async (path: string, signal?: AbortSignal, withinMs = answerWithinMs): Promise<unknown> => {
    const limits = [AbortSignal.timeout(withinMs), ...(signal === undefined ? [] : [signal])];
    let status: number;
    let type: string;
    let body: string;
    try {
      const answer = await fetch(`${url}${path}`, {
        headers: { accept: 'application/json' },
        signal: AbortSignal.any(limits),
      });
      status = answer.status;
      type = answer.headers.get('content-type') ?? '';
      body = await answer.text();
    } catch (error) {
      signal?.throwIfAborted();
      if ((error as Error).name === 'TimeoutError')
        throw new TraceStoreError(`${url} did not answer within ${withinMs / 1_000} s`, {
          mend: 'is it overloaded? `ryz slow --last 1m` reads less',
          cause: error,
        });
      throw new TraceStoreError(`No trace store answers at ${url} (${reason(error)})`, { cause: error });
    }
    if (status === 404) return undefined;
    // Jaeger 2.13 answers paths that it does not know with a page and status 200.
    if (type.includes('html')) return undefined;
    if (status >= 400)
      throw new TraceStoreError(`${url} answered ${status}: ${body.trim().slice(0, 200)}`, {
        mend: answerMend,
      });
    return readJson(body, url);
  };

  const spansOf = async (traceId: string, signal?: AbortSignal): Promise<Span[]> => {
    const found = await ask(`/api/v3/traces/${traceId}`, signal);
    return found === undefined ? [] : readOtlpTraces(found).filter((span) => span.traceId === traceId);
  };

  // Whoever keeps traces can list services, and does so where it has none.
  const servicesToAsk = async (signal?: AbortSignal): Promise<string[]> => {
    const found = (await ask('/api/v3/services', signal)) as { services?: unknown } | undefined;
    if (found === undefined)
      throw new TraceStoreError(`What answers at ${url} is neither Jaeger nor tracebox`);
    const names = Array.isArray(found.services) ? found.services.map(String) : [];
    return [...new Set([...meshServices, ...names])];
  };

  return {
    url,
    spansOf,
    linkTo: (traceId) => `${url}/trace/${traceId}`,
    async tracesOfRequest(requestId, signal) {
      for (const service of await servicesToAsk(signal)) {
        const answer =
          (await ask(taggedTraces(service, requestId), signal)) ??
          (await ask(attributedTraces(service, requestId), signal));
        const found = newestFirst(answer, requestId);
        if (found.length > 0) return found;
      }
      return [];
    },
    async recent(search, signal) {
      const found = await ask(recentTraces(search), signal, searchWithinMs);
      if (found === undefined) await servicesToAsk(signal);
      return [...Map.groupBy(readOtlpTraces(found), ({ traceId }) => traceId).values()];
    },
    async logsOf(traceId, signal) {
      return readStoredLogs(await ask(`/api/tracebox/traces/${traceId}`, signal));
    },
  };
}

interface TaggedSpan {
  readonly traceID?: unknown;
  readonly startTime?: unknown;
  readonly tags?: readonly { readonly key?: unknown; readonly value?: unknown }[];
}

// Not every store filters by attribute, so each span found is looked at.
function newestFirst(answer: unknown, requestId: string): string[] {
  const starts = new Map<string, number>();
  const note = (traceId: string, startMs: number): void => {
    starts.set(traceId, Math.max(starts.get(traceId) ?? 0, startMs));
  };
  const data = (answer as { data?: readonly { spans?: readonly TaggedSpan[] }[] } | undefined)?.data;
  if (Array.isArray(data)) {
    for (const span of data.flatMap((trace: { spans?: readonly TaggedSpan[] }) => trace.spans ?? []))
      if (span.tags?.some((tag) => tag.key === 'request.id' && String(tag.value) === requestId))
        note(String(span.traceID).toLowerCase().padStart(32, '0'), Number(span.startTime) / 1_000);
  } else {
    for (const span of readOtlpTraces(answer))
      if (textAttribute(span.attributes, 'request.id') === requestId)
        note(span.traceId, Number(span.startNs / 1_000_000n));
  }
  return [...starts].sort((a, b) => b[1] - a[1]).map(([traceId]) => traceId);
}

function readJson(body: string, url: string): unknown {
  try {
    return JSON.parse(body);
  } catch (error) {
    throw new TraceStoreError(`${url} answered what is not JSON`, { mend: answerMend, cause: error });
  }
}

function reason(error: unknown): string {
  const { message, cause } = error as {
    readonly message?: unknown;
    readonly cause?: { readonly code?: unknown; readonly message?: unknown };
  };
  return String(cause?.code ?? cause?.message ?? message);
}
