/** What the address bar says. */
export type Route =
  | { readonly page: 'search'; readonly parameters: URLSearchParams }
  | { readonly page: 'trace'; readonly traceId: string; readonly spanId: string }
  | { readonly page: 'nowhere' };

/** Reads a path with its query. */
export function routeOf(path: string): Route {
  const url = new URL(path, 'http://tracebox');
  if (url.pathname === '/' || url.pathname === '/search')
    return { page: 'search', parameters: url.searchParams };
  const trace = /^\/trace\/([0-9a-fA-F]{1,32})\/?$/.exec(url.pathname);
  if (trace === null) return { page: 'nowhere' };
  return {
    page: 'trace',
    traceId: (trace[1] ?? '').toLowerCase().padStart(32, '0'),
    spanId: url.searchParams.get('span')?.toLowerCase() ?? '',
  };
}

/** The address of a trace, with a span selected where one is given. */
export function tracePath(traceId: string, spanId = ''): string {
  return `/trace/${traceId}${spanId === '' ? '' : `?span=${spanId}`}`;
}

/** The address of a search. */
export function searchPath(parameters: Record<string, string>): string {
  const given = Object.entries(parameters).filter(([, value]) => value !== '');
  return given.length === 0 ? '/' : `/search?${new URLSearchParams(given).toString()}`;
}

/** Where a pasted id leads: a trace id to its trace, anything else is taken for a request id. */
export function pathOfId(id: string): string {
  const trimmed = id.trim();
  return /^[0-9a-fA-F]{32}$/.test(trimmed)
    ? tracePath(trimmed.toLowerCase())
    : searchPath({ requestId: trimmed });
}
