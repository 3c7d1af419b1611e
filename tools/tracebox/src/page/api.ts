import type { TraceAnswer } from '@ryzanstein/trace-view';
import type { TraceSummary } from '../api/trace-summary.ts';
import type { WhyAnswer } from './why-slow.tsx';

/** What `/api/tracebox/status` answers. */
export interface Status {
  readonly traces: number;
  readonly spans: number;
  readonly logs: number;
  readonly maxTraces: number;
  readonly maxAgeHours: number;
  readonly otlpGrpc: string;
  readonly otlpHttp: string;
}

/** A service with its operations. */
export interface Service {
  readonly name: string;
  readonly operations: readonly string[];
}

/** What a search answers. */
export interface Found {
  readonly traces: readonly TraceSummary[];
  readonly more: boolean;
}

/** The server refused or could not be reached; the message is for the reader. */
export class ApiError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

async function get(path: string, signal?: AbortSignal): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, { cache: 'no-cache', ...(signal !== undefined && { signal }) });
  } catch (error) {
    if (signal?.aborted === true) throw error;
    throw new ApiError(0, 'The tracebox does not answer. Is it still running?');
  }
  if (response.ok) return response;
  const body = (await response.json().catch(() => ({}))) as { error?: { message?: string } };
  throw new ApiError(response.status, body.error?.message ?? `The tracebox answered ${response.status}.`);
}

export async function getStatus(signal?: AbortSignal): Promise<Status> {
  return (await (await get('/api/tracebox/status', signal)).json()) as Status;
}

export async function getServices(signal?: AbortSignal): Promise<readonly Service[]> {
  const answer = (await (await get('/api/tracebox/services', signal)).json()) as { services: Service[] };
  return answer.services;
}

export async function search(parameters: URLSearchParams, signal?: AbortSignal): Promise<Found> {
  return (await (await get(`/api/tracebox/search?${parameters.toString()}`, signal)).json()) as Found;
}

/** The trace, with a tag that changes when it does and the time since its last span arrived. */
export async function getTrace(
  traceId: string,
  signal?: AbortSignal,
): Promise<{ answer: TraceAnswer; tag: string; quietMs: number }> {
  const response = await get(`/api/tracebox/traces/${traceId}`, signal);
  return {
    answer: (await response.json()) as TraceAnswer,
    tag: response.headers.get('etag') ?? '',
    quietMs: Number(response.headers.get('x-quiet-ms')),
  };
}

export async function getWhy(traceId: string, signal?: AbortSignal): Promise<WhyAnswer> {
  return (await (await get(`/api/tracebox/traces/${traceId}/why`, signal)).json()) as WhyAnswer;
}
