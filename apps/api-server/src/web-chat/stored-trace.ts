import type { Clock } from '@ryzanstein/runtime';

/** What a trace store says of one trace. */
export type StoredTrace =
  | { readonly kind: 'found'; /** OTLP in JSON, as the store wrote it. */ readonly json: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'failed'; /** What went wrong and what mends it. */ readonly sentence: string };

/** Reads one trace; leaving (`signal`) ends the question. It does not reject. */
export type ReadStoredTrace = (traceId: string, signal: AbortSignal) => Promise<StoredTrace>;

export interface TraceStoreOptions {
  /** Jaeger (2.13 or later) or tracebox, without a trailing slash. */
  readonly url: string;
  readonly clock: Pick<Clock, 'after'>;
  /** The whole answer must be there by then; ms. */
  readonly answerWithinMs?: number;
  /** A chat's trace has about 20 kB. */
  readonly maxBytes?: number;
}

/** Asks Jaeger's query API; opens no connection by itself. */
export function traceReader(options: TraceStoreOptions): ReadStoredTrace {
  const { url, clock, answerWithinMs = 3_000, maxBytes = 4 * 1024 * 1024 } = options;
  return async (traceId, signal) => {
    const late = new AbortController();
    const timer = clock.after(answerWithinMs, () => late.abort());
    try {
      const response = await fetch(`${url}/api/v3/traces/${traceId}`, {
        headers: { accept: 'application/json' },
        redirect: 'manual',
        signal: AbortSignal.any([signal, late.signal]),
      });
      const text = await textOf(response, maxBytes);
      if (text === undefined)
        return failed(`The trace is larger than ${maxBytes} bytes: open it in the trace store.`);
      return read(response, text);
    } catch {
      if (late.signal.aborted)
        return failed(`The trace store did not answer within ${answerWithinMs} ms. Is it overloaded?`);
      return failed('The trace store cannot be reached. Is it up, and is RYZ_TRACE_URL its address?');
    } finally {
      timer.cancel();
    }
  };
}

function read({ status, headers }: Response, text: string): StoredTrace {
  // Jaeger 2.13 answers paths that it does not know with a page and status 200, as other servers do.
  if (headers.get('content-type')?.includes('html') === true)
    return failed('RYZ_TRACE_URL leads to a web page, not to a trace store. Is it the address of Jaeger?');
  if (status === 404) return { kind: 'absent' };
  if (status !== 200) return failed(`The trace store answered with status ${status}. Its own log says why.`);
  const spans = resourceSpansOf(text);
  if (spans === undefined)
    return failed('The trace store answered what is no trace. Is RYZ_TRACE_URL the address of Jaeger?');
  return spans.length === 0 ? { kind: 'absent' } : { kind: 'found', json: text };
}

function resourceSpansOf(text: string): readonly unknown[] | undefined {
  try {
    const answer = JSON.parse(text) as { readonly result?: { readonly resourceSpans?: unknown } } | null;
    const spans = answer?.result?.resourceSpans;
    return Array.isArray(spans) ? spans : undefined;
  } catch {
    return undefined;
  }
}

/** Undefined where there is more; what is left of it is not read. */
async function textOf(response: Response, maxBytes: number): Promise<string | undefined> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  // Leaving the loop cancels the body.
  for await (const piece of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += piece.byteLength;
    if (bytes > maxBytes) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

function failed(sentence: string): StoredTrace {
  return { kind: 'failed', sentence };
}
