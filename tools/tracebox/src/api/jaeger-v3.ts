import type { FastifyInstance, FastifyReply } from 'fastify';
import type { TraceRow } from '../store/trace-reader.ts';
import type { TraceQuery } from '../store/trace-search.ts';
import type { TraceStore } from '../store/trace-store.ts';
import { durationUs, ParameterError, rfc3339Us, textMap, traceIdOf, whole } from './parameters.ts';
import { summarise } from './trace-summary.ts';

const defaultDepth = 100;
const maxDepth = 500;

/** Query parameters by name; the first of several counts, as in Go. */
export type Parameters = Readonly<Record<string, string | string[] | undefined>>;

/** Jaeger's query API v3 over HTTP: OTLP/JSON in `result`. */
export function addJaegerV3(app: FastifyInstance, store: TraceStore): void {
  app.get('/api/v3/services', () => ({ services: store.services() }));

  app.get<{ Querystring: Parameters }>('/api/v3/operations', (request, reply) => {
    const service = first(request.query.service);
    if (service === '') return refuse(reply, 400, "malformed parameter 'service': it must be given");
    const kind = first(request.query.span_kind) || first(request.query.spanKind);
    const operations = store
      .operations(service)
      .filter((operation) => kind === '' || operation.kind === kind);
    return { operations: operations.map(({ name, kind: spanKind }) => ({ name, spanKind })) };
  });

  app.get<{ Params: { id: string } }>('/api/v3/traces/:id', (request, reply) => {
    const trace = store.find(traceIdOf(request.params.id));
    return trace === undefined ? refuse(reply, 404, 'No traces found') : sendResult(reply, store, [trace]);
  });

  app.get<{ Querystring: Parameters }>('/api/v3/traces', (request, reply) => {
    const traces = store.search(queryOf(request.query));
    return traces.length === 0 ? refuse(reply, 404, 'No traces found') : sendResult(reply, store, traces);
  });

  app.get<{ Querystring: Parameters }>('/api/v3/trace-summaries', (request) => ({
    summaries: store.search(queryOf(request.query)).map((trace) => {
      const summary = summarise(trace, store.picture(trace));
      return {
        traceId: trace.traceId,
        rootServiceName: summary.rootService,
        rootOperationName: summary.rootName,
        minStartTimeUnixNano: `${trace.startUs}000`,
        maxEndTimeUnixNano: `${trace.endUs}000`,
        spanCount: trace.spanCount,
        services: summary.services,
      };
    }),
  }));
}

/** Jaeger's error shape. */
export function refuse(reply: FastifyReply, httpCode: number, message: string): FastifyReply {
  return reply.code(httpCode).send({ error: { httpCode, message } });
}

/** The parameter's value, '' where it is absent. */
export function first(value: string | string[] | undefined): string {
  return (Array.isArray(value) ? value[0] : value) ?? '';
}

function queryOf(parameters: Parameters): TraceQuery {
  const get = (snake: string, camel: string): string =>
    first(parameters[`query.${camel}`]) || first(parameters[`query.${snake}`]);
  const min = get('start_time_min', 'startTimeMin');
  const max = get('start_time_max', 'startTimeMax');
  if (min === '' || max === '')
    throw new ParameterError('query.start_time_min and query.start_time_max are required');
  const service = get('service_name', 'serviceName');
  const operation = get('operation_name', 'operationName');
  const durationMin = get('duration_min', 'durationMin');
  const durationMax = get('duration_max', 'durationMax');
  const depth = get('search_depth', 'searchDepth') || get('num_traces', 'numTraces');
  const attributes = first(parameters['query.attributes']);
  return {
    ...(service !== '' && { service }),
    ...(operation !== '' && { operation }),
    attributes: attributes === '' ? [] : textMap('query.attributes', attributes),
    startUs: { min: rfc3339Us('query.start_time_min', min), max: rfc3339Us('query.start_time_max', max) },
    ...((durationMin !== '' || durationMax !== '') && {
      spanDurationUs: {
        ...(durationMin !== '' && { min: durationUs('query.duration_min', durationMin) }),
        ...(durationMax !== '' && { max: durationUs('query.duration_max', durationMax) }),
      },
    }),
    limit: depth === '' ? defaultDepth : whole('query.search_depth', depth, 1, maxDepth),
  };
}

/** OTLP/JSON TracesData in `result`: spans grouped by resource and scope, their text passed on unread. */
function sendResult(reply: FastifyReply, store: TraceStore, traces: readonly TraceRow[]): FastifyReply {
  const groups = new Map<number, Map<number, string[]>>();
  for (const { resourceNo, scopeNo, json } of traces.flatMap((trace) => store.spans(trace))) {
    const scopes = groups.get(resourceNo) ?? new Map<number, string[]>();
    groups.set(resourceNo, scopes);
    const spans = scopes.get(scopeNo) ?? [];
    scopes.set(scopeNo, spans);
    spans.push(json);
  }
  const resourceSpans = [...groups].map(([resourceNo, scopes]) => {
    const { attributes } = store.resource(resourceNo);
    const scopeSpans = [...scopes].map(
      ([scopeNo, spans]) => `{"scope":${JSON.stringify(store.scope(scopeNo))},"spans":[${spans.join(',')}]}`,
    );
    return `{"resource":${JSON.stringify({ attributes })},"scopeSpans":[${scopeSpans.join(',')}]}`;
  });
  return reply
    .type('application/json; charset=utf-8')
    .send(`{"result":{"resourceSpans":[${resourceSpans.join(',')}]}}`);
}
