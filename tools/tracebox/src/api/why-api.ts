import { buildTrace, explain, readOtlpTraces, typicalOf, type Trace } from '@ryzanstein/trace-analysis';
import type { FastifyInstance } from 'fastify';
import type { TraceRow } from '../store/trace-reader.ts';
import type { TraceStore } from '../store/trace-store.ts';
import { refuse } from './jaeger-v3.ts';
import { traceIdOf } from './parameters.ts';

// So many of the same operation say what is usual.
const compared = 50;

/** Why a stored request was slow, and where the traces of the requests are that it names. */
export function addWhyApi(app: FastifyInstance, store: TraceStore): void {
  app.get<{ Params: { id: string } }>('/api/tracebox/traces/:id/why', (request, reply) => {
    const row = store.find(traceIdOf(request.params.id));
    const trace = row && readTrace(store, row);
    if (row === undefined || trace === undefined) return refuse(reply, 404, 'This trace is not stored.');
    const service = trace.roots[0]?.span.service ?? '';
    const { operation } = explain(trace);
    const others = store
      .search({ service, operation, attributes: [], limit: compared + 1 })
      .filter(({ traceId }) => traceId !== row.traceId)
      .slice(0, compared);
    const explanation = explain(trace, typicalOf(others.flatMap((other) => readTrace(store, other) ?? [])));
    const named = [...explanation.behind.map(({ requestId }) => requestId), ...explanation.blocked.requests];
    const known = explanation.behind.flatMap(({ requestId, traceId }) =>
      traceId === undefined ? [] : [[requestId, traceId] as const],
    );
    const found = named.flatMap((requestId) => {
      const [first] = store.search({ attributes: [['request.id', requestId]], limit: 1 });
      return first === undefined ? [] : [[requestId, first.traceId] as const];
    });
    return { ...explanation, traceIds: Object.fromEntries([...found, ...known]) };
  });
}

function readTrace(store: TraceStore, row: TraceRow): Trace | undefined {
  const resourceSpans = store.spans(row).map(({ json, resourceNo }) => ({
    resource: { attributes: store.resource(resourceNo).attributes },
    scopeSpans: [{ spans: [JSON.parse(json) as unknown] }],
  }));
  return buildTrace(readOtlpTraces({ resourceSpans }));
}
