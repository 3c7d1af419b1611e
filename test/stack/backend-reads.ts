import type { Stack } from '@ryzanstein/stack';

/** One series of an instant query. */
export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

/** One exemplar and the series that it stands on. */
export interface Exemplar {
  readonly series: Readonly<Record<string, string>>;
  readonly traceId: string;
  readonly spanId: string;
  readonly value: number;
}

/** One document, with the index that it is in. */
export interface Document {
  readonly index: string;
  readonly source: Readonly<Record<string, unknown>>;
  /** Fields whose value did not fit their type. */
  readonly ignored: readonly string[];
}

/** What an instant query gives now. */
export async function query(stack: Stack, promql: string): Promise<Sample[]> {
  const { result } = await prometheus<{
    result: { metric: Record<string, string>; value: [number, string] }[];
  }>(stack, '/api/v1/query', { query: promql });
  return result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
}

/** The only value of an instant query; 0 where there is none. */
export async function total(stack: Stack, promql: string): Promise<number> {
  const samples = await query(stack, promql);
  if (samples.length > 1) throw new Error(`${promql} gives ${samples.length} series`);
  return samples[0]?.value ?? 0;
}

/** All exemplars of the last hour on series that match. */
export async function exemplars(stack: Stack, selector: string): Promise<Exemplar[]> {
  const now = Date.now() / 1_000;
  const found = await prometheus<
    { seriesLabels: Record<string, string>; exemplars: { labels: Record<string, string>; value: string }[] }[]
  >(stack, '/api/v1/query_exemplars', { query: selector, start: `${now - 3_600}`, end: `${now + 60}` });
  return found.flatMap(({ seriesLabels, exemplars: all }) =>
    all.map(({ labels, value }) => ({
      series: seriesLabels,
      traceId: labels.trace_id ?? '',
      spanId: labels.span_id ?? '',
      value: Number(value),
    })),
  );
}

/** Asks Prometheus's API; its own error is thrown. */
export async function prometheus<Data>(
  stack: Stack,
  path: string,
  parameters: Readonly<Record<string, string>> = {},
): Promise<Data> {
  const url = `${stack.endpoints.prometheus}${path}?${new URLSearchParams(parameters).toString()}`;
  const answer = (await (await fetch(url)).json()) as { status: string; data: Data; error?: string };
  if (answer.status !== 'success') throw new Error(`${path}: ${answer.error}: ${JSON.stringify(parameters)}`);
  return answer.data;
}

/** The documents of the named data streams that a query finds, at most 10 000. */
export async function documents(stack: Stack, indices: string, filter: unknown): Promise<Document[]> {
  // What was written is found only after a refresh, which comes by itself once a second.
  await fetch(`${stack.endpoints.elasticsearch}/${indices}/_refresh`, { method: 'POST' });
  const response = await fetch(
    `${stack.endpoints.elasticsearch}/${indices}/_search?allow_no_indices=true&ignore_unavailable=true`,
    {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ size: 10_000, query: filter }),
    },
  );
  const text = await response.text();
  if (!response.ok) throw new Error(`${indices}: ${text}`);
  const { hits } = JSON.parse(text) as {
    hits: { hits: { _index: string; _source: Record<string, unknown>; _ignored?: string[] }[] };
  };
  return hits.hits.map(({ _index, _source, _ignored = [] }) => ({
    index: _index,
    source: _source,
    ignored: _ignored,
  }));
}

/** Documents of one trace. */
export function documentsOfTrace(stack: Stack, indices: string, traceId: string): Promise<Document[]> {
  return documents(stack, indices, { term: { trace_id: traceId } });
}

/** How many different spans Elasticsearch holds that a query finds, read one by one: its own cardinality is an estimate. */
export async function spansStored(stack: Stack, filter: unknown): Promise<number> {
  const indices = `${stack.endpoints.elasticsearch}/traces-ryzanstein.otel-*`;
  await fetch(`${indices}/_refresh`, { method: 'POST' });
  const ids = new Set<string>();
  for (let after: string | undefined; ;) {
    const response = await fetch(`${indices}/_search`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        size: 10_000,
        query: filter,
        _source: false,
        sort: [{ span_id: 'asc' }],
        ...(after === undefined ? {} : { search_after: [after] }),
      }),
    });
    const { hits } = (await response.json()) as { hits: { hits: { sort: [string] }[] } };
    for (const { sort } of hits.hits) ids.add(sort[0]);
    after = hits.hits.at(-1)?.sort[0];
    if (hits.hits.length < 10_000) return ids.size;
  }
}
