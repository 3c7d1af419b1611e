import type { FastifyInstance, FastifyReply } from 'fastify';
import { type AnyValue, type KeyValue, type OtlpSpan, plainValue } from '@ryzanstein/trace-view';
import { micros } from '../store/span-writer.ts';
import { errorStatus, kindName } from '../store/term.ts';
import type { TraceRow } from '../store/trace-reader.ts';
import type { TraceQuery } from '../store/trace-search.ts';
import type { TraceStore } from '../store/trace-store.ts';
import { first, type Parameters } from './jaeger-v3.ts';
import { durationUs, ParameterError, textMap, traceIdOf, whole } from './parameters.ts';

/** A tag of Jaeger's v1 JSON. */
interface Tag {
  readonly key: string;
  readonly type: 'string' | 'bool' | 'int64' | 'float64' | 'binary';
  readonly value: unknown;
}

const defaultLimit = 100;
const maxLimit = 1_500;
const defaultLookbackUs = 48 * 3_600e6;

/** Jaeger's first query API, which its own page and Grafana use. */
export function addJaegerV1(app: FastifyInstance, store: TraceStore, nowMs: () => number): void {
  app.get('/api/services', () => answer(store.services()));

  app.get<{ Params: { service: string } }>('/api/services/:service/operations', (request) =>
    answer([...new Set(store.operations(request.params.service).map(({ name }) => name))]),
  );

  app.get<{ Querystring: Parameters }>('/api/operations', (request, reply) => {
    const service = first(request.query.service);
    if (service === '') return refuseV1(reply, 400, "parameter 'service' is required");
    const kind = first(request.query.spanKind);
    const operations = store
      .operations(service)
      .filter((operation) => kind === '' || operation.kind === kind);
    return answer(operations.map((operation) => ({ name: operation.name, spanKind: operation.kind })));
  });

  app.get<{ Params: { id: string } }>('/api/traces/:id', (request, reply) => {
    const trace = store.find(traceIdOf(request.params.id));
    return trace === undefined ? refuseV1(reply, 404, 'trace not found') : answer([traceOf(store, trace)]);
  });

  app.get<{ Querystring: Parameters }>('/api/traces', (request, reply) => {
    const ids = [request.query.traceID ?? []].flat().map(traceIdOf);
    if (ids.length > 0) {
      const traces = ids.flatMap((id) => store.find(id) ?? []);
      return answer(traces.map((trace) => traceOf(store, trace)));
    }
    if (first(request.query.service) === '') return refuseV1(reply, 400, "parameter 'service' is required");
    return answer(store.search(queryOf(request.query, nowMs() * 1e3)).map((trace) => traceOf(store, trace)));
  });
}

function answer(data: readonly unknown[]) {
  return { data, total: data.length, limit: 0, offset: 0, errors: null };
}

/** The v1 API's error shape. */
export function refuseV1(reply: FastifyReply, code: number, msg: string): FastifyReply {
  return reply.code(code).send({ data: null, total: 0, limit: 0, offset: 0, errors: [{ code, msg }] });
}

function queryOf(parameters: Parameters, nowUs: number): TraceQuery {
  const get = (name: string): string => first(parameters[name]);
  const operation = get('operation');
  const tags = get('tags') === '' ? [] : textMap('tags', get('tags'));
  const singles = [parameters.tag ?? []].flat().map((tag): [string, string] => {
    const colon = tag.indexOf(':');
    if (colon < 1) throw new ParameterError("parameter 'tag' must be key:value");
    return [tag.slice(0, colon), tag.slice(colon + 1)];
  });
  const end = get('end') === '' ? Infinity : whole('end', get('end'), 0, Number.MAX_SAFE_INTEGER);
  const lookback = /^\d/.test(get('lookback'))
    ? durationUs('lookback', days(get('lookback')))
    : defaultLookbackUs;
  const start =
    get('start') === ''
      ? Math.max(0, Math.min(end, nowUs) - lookback)
      : whole('start', get('start'), 0, Number.MAX_SAFE_INTEGER);
  const min = get('minDuration');
  const max = get('maxDuration');
  return {
    service: get('service'),
    ...(operation !== '' && operation !== 'all' && { operation }),
    attributes: [...tags, ...singles],
    startUs: { min: Math.floor(start), ...(end !== Infinity && { max: end }) },
    ...((min !== '' || max !== '') && {
      spanDurationUs: {
        ...(min !== '' && { min: durationUs('minDuration', min) }),
        ...(max !== '' && { max: durationUs('maxDuration', max) }),
      },
    }),
    limit: get('limit') === '' ? defaultLimit : whole('limit', get('limit'), 1, maxLimit),
  };
}

/** Jaeger's page also says `2d`. */
function days(lookback: string): string {
  const match = /^(\d+)d$/.exec(lookback);
  return match === null ? lookback : `${Number(match[1]) * 24}h`;
}

function traceOf(store: TraceStore, trace: TraceRow) {
  const stored = store.spans(trace).map((row) => ({ ...row, span: JSON.parse(row.json) as OtlpSpan }));
  const processIds = new Map(
    [...new Set(stored.map((span) => span.resourceNo))].map((no, at) => [no, `p${at + 1}`]),
  );
  const processes = [...processIds].map(([no, id]) => {
    const { service, attributes } = store.resource(no);
    const tags = attributes.filter(({ key }) => key !== 'service.name').map(tagOf);
    return [id, { serviceName: service, tags }];
  });
  return {
    traceID: trace.traceId,
    spans: stored.map(({ span, resourceNo, scopeNo }) => ({
      traceID: span.traceId,
      spanID: span.spanId,
      flags: 1,
      operationName: span.name,
      references: referencesOf(span),
      startTime: micros(span.startTimeUnixNano),
      duration: Math.max(0, micros(span.endTimeUnixNano) - micros(span.startTimeUnixNano)),
      tags: tagsOf(span, store.scope(scopeNo)),
      logs: (span.events ?? []).map((event) => ({
        timestamp: micros(event.timeUnixNano),
        fields: [text('event', event.name), ...(event.attributes ?? []).map(tagOf)],
      })),
      processID: processIds.get(resourceNo),
      warnings: null,
    })),
    processes: Object.fromEntries(processes) as Record<string, { serviceName: string; tags: Tag[] }>,
    warnings: null,
  };
}

function referencesOf({ traceId, parentSpanId, links = [] }: OtlpSpan) {
  const parent =
    parentSpanId === undefined ? [] : [{ refType: 'CHILD_OF', traceID: traceId, spanID: parentSpanId }];
  return [
    ...parent,
    ...links.map((link) => ({ refType: 'FOLLOWS_FROM', traceID: link.traceId, spanID: link.spanId })),
  ];
}

function tagsOf(span: OtlpSpan, scope: { name: string; version?: string }): Tag[] {
  const { code, message } = span.status;
  return [
    ...(span.attributes ?? []).map(tagOf),
    ...(kindName(span.kind) === 'unspecified' ? [] : [text('span.kind', kindName(span.kind))]),
    ...(scope.name === '' ? [] : [text('otel.scope.name', scope.name)]),
    ...(scope.version === undefined ? [] : [text('otel.scope.version', scope.version)]),
    ...(code === errorStatus
      ? [text('otel.status_code', 'ERROR'), { key: 'error', type: 'bool', value: true } as const]
      : []),
    ...(code === 1 ? [text('otel.status_code', 'OK')] : []),
    ...(message === undefined ? [] : [text('otel.status_description', message)]),
    ...(span.traceState === undefined ? [] : [text('w3c.tracestate', span.traceState)]),
  ];
}

function text(key: string, value: string): Tag {
  return { key, type: 'string', value };
}

function tagOf({ key, value }: KeyValue): Tag {
  const plain = plainValue(value);
  const type = typeOf(value);
  return { key, type, value: type === 'string' && typeof plain !== 'string' ? JSON.stringify(plain) : plain };
}

function typeOf(value: AnyValue): Tag['type'] {
  if (value.boolValue !== undefined) return 'bool';
  if (value.intValue !== undefined) return 'int64';
  if (value.doubleValue !== undefined) return 'float64';
  return value.bytesValue !== undefined ? 'binary' : 'string';
}
