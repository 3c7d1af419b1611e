import type { FastifyInstance } from 'fastify';
import type { TraceQuery } from '../store/trace-search.ts';
import type { TraceStore } from '../store/trace-store.ts';
import { first, refuse, type Parameters } from './jaeger-v3.ts';
import { durationUs, ParameterError, traceIdOf, whole } from './parameters.ts';
import { summarise } from './trace-summary.ts';

/** Where the receivers listen; shown to a reader whose store is empty. */
export interface OtlpAddresses {
  readonly otlpGrpc: string;
  readonly otlpHttp: string;
}

const defaultLimit = 20;
const maxLimit = 200;

/** What the page needs beyond Jaeger's API; documented in the README. */
export function addTraceboxApi(
  app: FastifyInstance,
  store: TraceStore,
  nowMs: () => number,
  addresses: OtlpAddresses,
): void {
  app.get('/api/tracebox/status', () => ({
    ...store.totals(),
    maxTraces: store.bounds.maxTraces,
    maxAgeHours: store.bounds.maxAgeMs / 3_600_000,
    ...addresses,
  }));

  app.get('/api/tracebox/services', () => ({
    services: store.services().map((name) => ({
      name,
      operations: [...new Set(store.operations(name).map((operation) => operation.name))],
    })),
  }));

  app.get<{ Querystring: Parameters }>('/api/tracebox/search', (request) => {
    const query = queryOf(request.query);
    // One more than asked for tells whether there are more.
    const found = store.search({ ...query, limit: query.limit + 1 });
    return {
      traces: found.slice(0, query.limit).map((trace) => summarise(trace, store.picture(trace))),
      more: found.length > query.limit,
    };
  });

  app.get<{ Params: { id: string } }>('/api/tracebox/traces/:id', (request, reply) => {
    const traceId = traceIdOf(request.params.id);
    const trace = store.find(traceId);
    const logs = store.logs(traceId);
    if (trace === undefined && logs.length === 0)
      return refuse(reply, 404, 'This trace is not stored: it has not arrived, was not sampled, or is gone.');
    const linkedFrom = store.reverseLinks(traceId);
    // The page asks again while a trace grows: an unchanged one is not sent twice.
    const tag = `"${trace?.no ?? 0}-${trace?.spanCount ?? 0}-${logs.length}-${linkedFrom.length}"`;
    reply.header('etag', tag);
    const lastSeenMs = logs.reduce((last, log) => Math.max(last, log.receivedMs), trace?.lastSeenMs ?? 0);
    reply.header('x-quiet-ms', Math.max(0, Math.round(nowMs() - lastSeenMs)));
    if (request.headers['if-none-match'] === tag) return reply.code(304).send();
    const stored = trace === undefined ? [] : store.spans(trace);
    const resourceNos = [...new Set(stored.map((span) => span.resourceNo))];
    const spans = stored.map(({ json, service, resourceNo, scopeNo }) =>
      joined(json, { service, resource: resourceNos.indexOf(resourceNo), scope: store.scope(scopeNo) }),
    );
    const rest = {
      traceId,
      resources: resourceNos.map((no) => ({ attributes: store.resource(no).attributes })),
      linkedFrom,
      linkTargets: trace === undefined ? [] : store.linkTargets(trace),
    };
    const lines = logs.map(({ json, service }) => joined(json, { service }));
    return reply
      .type('application/json; charset=utf-8')
      .send(`${JSON.stringify(rest).slice(0, -1)},"spans":[${spans.join(',')}],"logs":[${lines.join(',')}]}`);
  });
}

/** A stored object's text with more fields. */
function joined(json: string, more: object): string {
  return `${json.slice(0, -1)},${JSON.stringify(more).slice(1)}`;
}

function queryOf(parameters: Parameters): TraceQuery {
  const get = (name: string): string => first(parameters[name]).trim();
  const attributes = [parameters.attribute ?? []].flat().map((attribute): [string, string] => {
    const equals = attribute.indexOf('=');
    if (equals < 1) throw new ParameterError('attribute must be key=value.');
    return [attribute.slice(0, equals).trim(), unquoted(attribute.slice(equals + 1).trim())];
  });
  const requestId = get('requestId');
  if (requestId !== '') attributes.push(['request.id', requestId]);
  const [service, operation, min, max] = [
    get('service'),
    get('operation'),
    get('minDuration'),
    get('maxDuration'),
  ];
  return {
    ...(service !== '' && { service }),
    ...(operation !== '' && { operation }),
    attributes,
    ...((min !== '' || max !== '') && {
      traceDurationUs: {
        ...(min !== '' && { min: durationUs('minDuration', min, 'ms') }),
        ...(max !== '' && { max: durationUs('maxDuration', max, 'ms') }),
      },
    }),
    errorsOnly: ['true', '1', 'on'].includes(get('errors')),
    limit: get('limit') === '' ? defaultLimit : whole('limit', get('limit'), 1, maxLimit),
  };
}

function unquoted(value: string): string {
  return /^".*"$/s.test(value) ? value.slice(1, -1) : value;
}
