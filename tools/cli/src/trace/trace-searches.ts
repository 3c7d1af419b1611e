/** Which traces to look for. */
export interface TraceSearch {
  readonly service: string;
  /** Any where it is absent. */
  readonly operation?: string;
  /** How far back, in milliseconds. */
  readonly lastMs: number;
  readonly limit: number;
}

const lookBackMs = 7 * 24 * 3_600_000;
const tracesPerLookUp = 20;

/**
 * The path that finds spans by request id in version 1 of the search: it finds attributes in every
 * release, and version 3 of Jaeger 2.13 ignores them.
 */
export function taggedTraces(service: string, requestId: string): string {
  const now = Date.now();
  return pathWith('/api/traces', {
    service,
    tags: JSON.stringify({ 'request.id': requestId }),
    start: String((now - lookBackMs) * 1_000),
    end: String((now + 60_000) * 1_000),
    limit: String(tracesPerLookUp),
  });
}

/** The same in version 3. */
export function attributedTraces(service: string, requestId: string): string {
  return searchPath(
    { service, lastMs: lookBackMs, limit: tracesPerLookUp },
    { 'query.attributes': JSON.stringify({ 'request.id': requestId }) },
  );
}

/** The path that answers whole traces, in version 3 of the search. */
export function recentTraces(search: TraceSearch): string {
  return searchPath(search, {});
}

// Releases differ in how they spell these parameters, so each is sent in both ways.
function searchPath(
  { service, operation, lastMs, limit }: TraceSearch,
  more: Readonly<Record<string, string>>,
): string {
  const now = Date.now();
  const start = new Date(now - lastMs).toISOString();
  const end = new Date(now + 60_000).toISOString();
  return pathWith('/api/v3/traces', {
    'query.service_name': service,
    'query.serviceName': service,
    ...(operation === undefined
      ? {}
      : { 'query.operation_name': operation, 'query.operationName': operation }),
    'query.start_time_min': start,
    'query.startTimeMin': start,
    'query.start_time_max': end,
    'query.startTimeMax': end,
    'query.num_traces': String(limit),
    'query.numTraces': String(limit),
    'query.search_depth': String(limit),
    'query.searchDepth': String(limit),
    ...more,
  });
}

function pathWith(path: string, parameters: Readonly<Record<string, string>>): string {
  return `${path}?${new URLSearchParams(parameters).toString()}`;
}
