import { setTimeout as pause } from 'node:timers/promises';
import { flatten, isWhole } from '@ryzanstein/trace-analysis';
import { awaitTrace } from '../trace/await-trace.ts';
import { openTraceStore } from '../trace/trace-store.ts';
import { askHttp, askJson, isAbsent } from './ask-http.ts';
import type { Facts } from './facts.ts';
import { none, type Place } from './places.ts';

/** How long to look, and for what. */
export interface Search {
  readonly traceId: string;
  readonly withinMs: number;
  readonly signal: AbortSignal;
  /** When the request was sent and answered, in milliseconds since 1970. */
  readonly sentAt: number;
  readonly answeredAt: number;
}

/** Looks for the canary's trace where traces are kept. */
export async function askTraces(url: string, search: Search): Promise<Facts['traces']> {
  const { signal } = search;
  const page = await askHttp(`${url}/api/tracebox/traces/${'0'.repeat(32)}`, { signal });
  if (page.state !== 'answered') return page.state === 'silent' ? { ...page, url } : page;
  // Jaeger 2.13 answers paths that it does not know with its page, 2.20 with a text that is not JSON.
  const kind = page.value.type.includes('json') ? 'tracebox' : 'jaeger';
  if (search.traceId === '')
    return { state: 'answered', url, value: { kind, spans: 0, whole: false, services: [], skewMs: 0 } };
  try {
    const trace = await awaitTrace(openTraceStore(url), search.traceId, { waitMs: search.withinMs, signal });
    if (trace === undefined)
      return { state: 'answered', url, value: { kind, spans: 0, whole: false, services: [], skewMs: 0 } };
    const starts = trace.roots.flatMap(flatten).map(({ span }) => Number(span.startNs / 1_000_000n));
    const early = Math.max(0, search.sentAt - Math.min(...starts));
    const late = Math.max(0, Math.max(...starts) - search.answeredAt);
    return {
      state: 'answered',
      url,
      value: {
        kind,
        spans: trace.spanCount,
        whole: isWhole(trace),
        services: trace.services,
        skewMs: Math.max(early, late),
      },
    };
  } catch (error) {
    signal.throwIfAborted();
    return { state: 'silent', url, reason: (error as Error).message };
  }
}

const calls =
  'sum(traces_span_metrics_calls_total{service_name="ryzanstein-api",span_kind="SPAN_KIND_SERVER"})';

/** What an instant query gives as one number; 0 for nothing, undefined where it cannot be asked. */
export async function promValue(
  url: string,
  query: string,
  signal: AbortSignal,
): Promise<number | undefined> {
  const found = (await askJson(`${url}/api/v1/query?query=${encodeURIComponent(query)}`, { signal })) as
    { data?: { result?: { value?: [number, string] }[] } } | undefined;
  return found === undefined ? undefined : Number(found.data?.result?.[0]?.value?.[1] ?? 0);
}

/** The calls that span metrics have counted so far. */
export function countedCalls(url: string, signal: AbortSignal): Promise<number | undefined> {
  return promValue(url, calls, signal);
}

/** Whether Prometheus has counted the canary, and has it as an exemplar. */
export async function askPrometheus(
  place: Place | undefined,
  before: number | undefined,
  expected: boolean,
  search: Search,
): Promise<Facts['prometheus']> {
  if (place === undefined) return { state: 'skipped', why: `--prometheus is ${none}` };
  const { url, named } = place;
  const { signal, withinMs, traceId } = search;
  const ready = await askHttp(`${url}/-/ready`, { signal });
  if (ready.state === 'silent') {
    if (named || expected || !isAbsent(ready)) return { ...ready, url };
    return { state: 'skipped', why: `nothing listens at ${url}; --prometheus names another` };
  }
  if (ready.state === 'answered' && ready.value.status !== 200)
    return { state: 'silent', url, reason: `/-/ready answers ${ready.value.status}` };
  const flags = (
    (await askJson(`${url}/api/v1/status/flags`, { signal })) as { data?: Record<string, string> } | undefined
  )?.data;
  const end = performance.now() + withinMs;
  let counted: number;
  let exemplar = false;
  for (;;) {
    counted = ((await countedCalls(url, signal)) ?? 0) - (before ?? 0);
    exemplar = exemplar || (await hasExemplar(url, traceId, signal));
    if ((counted > 0 && exemplar) || performance.now() > end) break;
    await pause(500, undefined, { signal });
  }
  return {
    state: 'answered',
    url,
    value: {
      counted,
      exemplar,
      otlpReceiver: flags === undefined ? undefined : flags['web.enable-otlp-receiver'] === 'true',
      exemplarStorage:
        flags === undefined ? undefined : /exemplar-storage/.test(flags['enable-feature'] ?? ''),
    },
  };
}

async function hasExemplar(url: string, traceId: string, signal: AbortSignal): Promise<boolean> {
  const now = Date.now() / 1_000;
  const query = new URLSearchParams({
    query: '{__name__=~"traces_span_(metrics|kept)_duration_seconds_bucket"}',
    start: String(now - 600),
    end: String(now + 60),
  });
  const found = (await askJson(`${url}/api/v1/query_exemplars?${query.toString()}`, { signal })) as
    { data?: { exemplars?: { labels?: { trace_id?: string } }[] }[] } | undefined;
  return (found?.data ?? []).some(({ exemplars = [] }) =>
    exemplars.some(({ labels }) => labels?.trace_id === traceId),
  );
}

/** Whether Elasticsearch has the canary's spans and log lines. */
export async function askElasticsearch(
  place: Place | undefined,
  credentials: string | undefined,
  search: Search,
): Promise<Facts['elasticsearch']> {
  if (place === undefined) return { state: 'skipped', why: `--elasticsearch is ${none}` };
  const { url, named } = place;
  const { signal, withinMs, traceId } = search;
  const init = {
    signal,
    headers: (credentials === undefined ? {} : { authorization: `Basic ${credentials}` }) as Record<
      string,
      string
    >,
  };
  const root = await askHttp(`${url}/`, init);
  if (root.state === 'silent') {
    if (named || !isAbsent(root)) return { ...root, url };
    return {
      state: 'skipped',
      why: `nothing listens at ${url}, where compose does not publish it; --elasticsearch names another`,
    };
  }
  if (root.state === 'skipped') return root;
  const { status } = root.value;
  const nothing = { status, spans: 0, logs: 0, templates: false, ignored: [] };
  if (status !== 200) return { state: 'answered', url, value: nothing };
  const template = await askHttp(`${url}/_index_template/ryzanstein-traces`, init);
  const templates = template.state === 'answered' && template.value.status === 200;
  const count = async (index: string): Promise<number> => {
    const found = await askJson(`${url}/${index}/_count?ignore_unavailable=true&q=trace_id:${traceId}`, init);
    return (found as { count?: number } | undefined)?.count ?? 0;
  };
  const end = performance.now() + withinMs;
  let spans: number;
  let logs: number;
  for (;;) {
    [spans, logs] = [await count('traces-ryzanstein.otel-*'), await count('logs-ryzanstein.otel-*')];
    if ((spans > 0 && logs > 0) || performance.now() > end || traceId === '') break;
    await pause(500, undefined, { signal });
  }
  return {
    state: 'answered',
    url,
    value: { status, spans, logs, templates, ignored: await ignoredFields(url, init) },
  };
}

async function ignoredFields(
  url: string,
  init: { signal: AbortSignal; headers: Record<string, string> },
): Promise<string[]> {
  const indices = 'traces-ryzanstein.otel-*,logs-ryzanstein.otel-*';
  const found = (await askJson(
    `${url}/${indices}/_search?ignore_unavailable=true&size=50&q=_exists_:_ignored`,
    init,
  )) as { hits?: { hits?: { _ignored?: string[] }[] } } | undefined;
  return [...new Set((found?.hits?.hits ?? []).flatMap(({ _ignored = [] }) => _ignored))].sort();
}

/** Whether a board answers, at the path that says so. */
export async function askBoard(
  place: Place | undefined,
  { option, path }: { option: string; path: string },
  signal: AbortSignal,
): Promise<Facts['grafana']> {
  if (place === undefined) return { state: 'skipped', why: `${option} is ${none}` };
  const answer = await askHttp(`${place.url}${path}`, { signal, redirect: 'manual' });
  if (answer.state === 'answered') return { ...answer, value: { status: answer.value.status } };
  if (answer.state === 'silent' && !place.named && isAbsent(answer))
    return { state: 'skipped', why: `nothing listens at ${place.url}; ${option} names another` };
  return answer.state === 'silent' ? { ...answer, url: place.url } : answer;
}
